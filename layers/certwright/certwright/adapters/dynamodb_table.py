"""One DynamoDB table: sends requests that were built elsewhere, in plain values."""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from certwright.adapters.aws import error_code, translating
from certwright.adapters.dynamodb_values import Item, marshal, unmarshal
from certwright.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Request = dict[str, Any]
"""A request as boto3's client takes it, but with plain values and without the table's name."""
type Key = Mapping[str, str]

_IN_VALUES = ("Key", "Item", "ExpressionAttributeValues", "ExclusiveStartKey")
_PAUSES = (0.05, 0.1, 0.2, 0.4)
"""Seconds before what collided, or was left unprocessed, is sent again."""
_LONGEST_KEY = {"pk": 2048, "sk": 1024}
"""Bytes that DynamoDB takes in a key."""
_BATCH = 25
"""So many writes BatchWriteItem takes."""
_READ_BATCH = 100
"""So many reads BatchGetItem takes."""


class ConditionFailed(Exception):
    """Conditions did not hold: `items` maps the positions of those writes to what stands there, None for nothing."""

    def __init__(self, items: Mapping[int, Item | None]) -> None:
        super().__init__(f"conditions of writes {sorted(items)} failed")
        self.items = items

    @property
    def item(self) -> Item | None:
        """What stands in the way of the first."""
        return self.items[min(self.items)]


class Table:
    """A table by name; each method raises `Unavailable`, the writing ones `ConditionFailed`."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def get(self, key: Key) -> Item | None:
        """Read one item, strongly consistent; there is none at a key that can't be one: ids come from strangers."""
        if not _can_be(key):
            return None
        answer = self._send(self._client.get_item, {"Key": key, "ConsistentRead": True})
        return unmarshal(answer["Item"]) if "Item" in answer else None

    def get_all(self, keys: Iterable[Key]) -> list[Item]:
        """Read those items that are there, strongly consistent, in no order."""
        found: list[Item] = []
        for batch in batched(keys, _READ_BATCH, strict=False):
            found += self._read_batch([marshal(key) for key in batch])
        return found

    def query(self, request: Request, limit: int | None = None) -> list[Item]:
        """Read matching items, all of them or the first `limit`, over as many pages as it takes."""
        items: list[Item] = []
        page = dict(request)
        while limit is None or len(items) < limit:
            if limit is not None:
                page["Limit"] = limit - len(items)
            answer = self._send(self._client.query, page)
            items += [unmarshal(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            page["ExclusiveStartKey"] = unmarshal(answer["LastEvaluatedKey"])
        return items

    def put(self, request: Request) -> None:
        """Put an item."""
        self._send(self._client.put_item, request)

    def update(self, request: Request) -> Item:
        """Update an item and return the attributes that the request asks for."""
        return unmarshal(self._send(self._client.update_item, request).get("Attributes", {}))

    def delete(self, request: Request) -> None:
        """Delete an item, quietly where there is none."""
        if not _can_be(request["Key"]):
            return
        self._send(self._client.delete_item, request)

    def transact(self, writes: Sequence[Mapping[str, Request]]) -> None:
        """Do all writes (`{"Put": …}`, `{"Update": …}`, `{"Delete": …}`) or none."""
        items = [{verb: self._to_wire(request) for verb, request in write.items()} for write in writes]
        self._call(self._client.transact_write_items, {"TransactItems": items})

    def _read_batch(self, keys: list[Request]) -> list[Item]:
        found: list[Item] = []
        for pause in (*_PAUSES, None):
            wanted = {self._name: {"Keys": keys, "ConsistentRead": True}}
            answer = self._call(self._client.batch_get_item, {"RequestItems": wanted})
            found += [unmarshal(item) for item in answer["Responses"].get(self._name, [])]
            keys = answer["UnprocessedKeys"].get(self._name, {}).get("Keys", [])
            if not keys:
                return found
            _rest(pause, "left reads unprocessed")
        raise AssertionError("unreachable: the last pause raises")

    def write_all(self, writes: Iterable[Mapping[str, Request]]) -> None:
        """Do unconditional writes (`{"PutRequest": …}`, `{"DeleteRequest": …}`), each item once, in batches."""
        for batch in batched(writes, _BATCH, strict=False):
            self._write_batch([{verb: _marshalled(request) for verb, request in write.items()} for write in batch])

    def _write_batch(self, writes: list[dict[str, Request]]) -> None:
        for pause in (*_PAUSES, None):
            answer = self._call(self._client.batch_write_item, {"RequestItems": {self._name: writes}})
            writes = answer["UnprocessedItems"].get(self._name, [])
            if not writes:
                return
            _rest(pause, "left writes unprocessed")

    def _send(self, operation: Callable[..., Any], request: Mapping[str, Any]) -> Any:
        return self._call(operation, self._to_wire(request))

    def _to_wire(self, request: Mapping[str, Any]) -> Request:
        return {"TableName": self._name, **_marshalled(request)}

    def _call(self, operation: Callable[..., Any], request: Mapping[str, Any]) -> Any:
        """Send, and again where another transaction held one of the items."""
        for pause in (*_PAUSES, None):
            try:
                with translating("dynamodb"):
                    return operation(**request)
            except ClientError as error:
                _refuse(error)
            _rest(pause, "was busy with another transaction on the same items")
        raise AssertionError("unreachable: the last pause raises")


def _can_be(key: Key) -> bool:
    return all(0 < len(value.encode()) <= _LONGEST_KEY[name] for name, value in key.items())


def _marshalled(request: Mapping[str, Any]) -> Request:
    return {name: marshal(value) if name in _IN_VALUES else value for name, value in request.items()}


def _refuse(error: ClientError) -> None:
    """Raise what an error means; returns where the request may be sent again."""
    code = error_code(error)
    response: Mapping[str, Any] = error.response
    if code == "ConditionalCheckFailedException":
        raise ConditionFailed({0: _found(response)}) from error
    if code != "TransactionCanceledException":
        raise error
    reasons = response.get("CancellationReasons", [])
    failed = {at: _found(one) for at, one in enumerate(reasons) if one.get("Code") == "ConditionalCheckFailed"}
    if failed:
        raise ConditionFailed(failed) from error
    if any(one.get("Code") in ("ValidationError", "ItemCollectionSizeLimitExceeded") for one in reasons):
        raise error


def _found(response: Mapping[str, Any]) -> Item | None:
    return unmarshal(response["Item"]) if "Item" in response else None


def _rest(seconds: float | None, what: str) -> None:
    """Wait before another try, a random part of it longer so that two don't collide for ever."""
    if seconds is None:
        raise Unavailable(f"AWS dynamodb {what}: try again.", code="dynamodb-unavailable")
    time.sleep(seconds * (1 + random.random()))  # noqa: S311 - spreads retries, nothing secret
