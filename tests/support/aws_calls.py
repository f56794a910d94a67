"""What is asked of AWS, call by call, and what DynamoDB charges for writing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

WRITES = ("BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem")
UNIT = 1024
"""Bytes that one write unit covers."""

type Item = dict[str, Any]
"""An item, or a key, as the wire has it."""


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: its two keys, and whether it holds the whole item or its keys only."""

    keys: tuple[str, str]
    is_whole: bool


@dataclass(slots=True)
class AwsCalls:
    """The calls made while it is on, by service and operation, and the write units they cost.

    A unit is a KiB begun of the larger of an item's two states, twice that in a transaction. Each index an item is in,
    or leaves, costs as much again for what it holds of the item, twice where the item changes its place in it.
    """

    indexes: Mapping[str, tuple[Index, ...]] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    units: int = 0
    index_units: int = 0

    @property
    def writes(self) -> int:
        """How many calls wrote to DynamoDB."""
        return sum(self.counts["dynamodb", operation] for operation in WRITES)

    def charge(self, table: str, before: Item, after: Item, *, is_transacted: bool) -> None:
        """Add what one item's change costs; an empty item is one that is not there."""
        units = max(_units(before), _units(after), 1)
        self.units += units * (2 if is_transacted else 1)
        for index in self.indexes.get(table, ()):
            self.index_units += _index_units(index, before, after)


@contextmanager
def counting_aws(calls: AwsCalls) -> Iterator[AwsCalls]:
    """Count what boto3's clients send in this process."""
    send = BaseClient._make_api_call  # type: ignore[attr-defined]  # botocore keeps it private

    def request(client: BaseClient, operation: str, parameters: Any) -> Any:
        calls.counts[client.meta.service_model.service_name, operation] += 1
        touched = list(_touched(operation, parameters))
        before = [_read(send, client, *place) for place in touched]
        answer = send(client, operation, parameters)
        for place, was in zip(touched, before, strict=True):
            is_transacted = operation == "TransactWriteItems"
            calls.charge(place[0], was, _read(send, client, *place), is_transacted=is_transacted)
        return answer

    with patch.object(BaseClient, "_make_api_call", request):
        yield calls


def _touched(operation: str, parameters: Any) -> Iterator[tuple[str, Item]]:
    """Name the tables and keys that a call writes."""
    match operation:
        case "PutItem":
            yield parameters["TableName"], _key(parameters["Item"])
        case "UpdateItem" | "DeleteItem":
            yield parameters["TableName"], parameters["Key"]
        case "BatchWriteItem":
            for table, writes in parameters["RequestItems"].items():
                for request in (each for write in writes for each in write.values()):
                    yield table, request.get("Key") or _key(request["Item"])
        case "TransactWriteItems":
            for request in (each for write in parameters["TransactItems"] for each in write.values()):
                yield request["TableName"], request.get("Key") or _key(request["Item"])
        case _:
            return


def _key(item: Item) -> Item:
    return {name: item[name] for name in ("pk", "sk")}


def _read(send: Any, client: BaseClient, table: str, key: Item) -> Item:
    found = send(client, "GetItem", {"TableName": table, "Key": key, "ConsistentRead": True})
    return dict(found.get("Item", {}))


def _index_units(index: Index, before: Item, after: Item) -> int:
    shown = [_shown(index, item) for item in (before, after)]
    if shown[0] == shown[1]:
        return 0
    places = [{name: item.get(name) for name in index.keys} for item in shown if item]
    is_moved = len(places) == 2 and places[0] != places[1]
    return sum(map(_units, shown)) if is_moved else max(map(_units, shown))


def _shown(index: Index, item: Item) -> Item:
    """Tell what an index holds of an item, nothing where the item lacks its keys."""
    if not all(name in item for name in index.keys):
        return {}
    return item if index.is_whole else {name: item[name] for name in (*_key(item), *index.keys)}


def _units(item: Item) -> int:
    return -(-sum(len(name.encode()) + _size(value) for name, value in item.items()) // UNIT)


def _size(value: Item) -> int:
    """Measure a value about as DynamoDB does: UTF-8 text; a list or map has 3 bytes, and 1 for each member."""
    ((kind, content),) = value.items()
    if kind == "M":
        return 3 + sum(len(name.encode()) + 1 + _size(each) for name, each in content.items())
    if kind == "L":
        return 3 + sum(1 + _size(each) for each in content)
    return len(content if isinstance(content, bytes) else str(content).encode())


def read_indexes(client: Any, tables: Iterable[str]) -> dict[str, tuple[Index, ...]]:
    """Look up the indexes of some tables."""
    return {table: tuple(map(_index, _describe(client, table))) for table in tables}


def _describe(client: Any, table: str) -> list[dict[str, Any]]:
    described = client.describe_table(TableName=table)["Table"]
    return list(described.get("GlobalSecondaryIndexes", ()))


def _index(described: Mapping[str, Any]) -> Index:
    first, second = (key["AttributeName"] for key in described["KeySchema"])
    return Index((first, second), described["Projection"]["ProjectionType"] == "ALL")
