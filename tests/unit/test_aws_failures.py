"""What AWS refuses is told apart: try again, a condition, or an error of ours."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from certwright.adapters.aws import CONFIG, translating
from certwright.adapters.dynamodb_table import ConditionFailed, Table
from certwright.adapters.s3_bucket import Bucket, PreconditionFailed
from certwright.adapters.sqs_queue import SqsQueue
from certwright.domain.errors import Unavailable


def refusal(code: str, status: int = 400, **more: Any) -> ClientError:
    """An AWS error."""
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
    return ClientError(response, "Operation")


class Scripted:
    """A client that answers every operation from a list: an answer, or an error to raise."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []

    def __getattr__(self, _operation: str) -> Callable[..., Any]:
        return self._answer

    def _answer(self, **request: Any) -> Any:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses are noted, not slept."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def table(*answers: dict[str, Any] | Exception) -> tuple[Table, Scripted]:
    client: Any = Scripted(*answers)
    return Table(client, "t"), client


@pytest.mark.parametrize(
    "error",
    [
        refusal("ThrottlingException"),
        refusal("ProvisionedThroughputExceededException"),
        refusal("SlowDown", 503),
        refusal("Whatever", 500),
        refusal("TooMany", 429),
        refusal("ConditionalRequestConflict", 409),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
        ConnectTimeoutError(endpoint_url="https://dynamodb"),
        EndpointConnectionError(endpoint_url="https://dynamodb"),
    ],
)
def test_what_may_pass_is_unavailable_and_names_the_service(error: Exception) -> None:
    """A flow saves what it has and comes back."""
    with pytest.raises(Unavailable) as refused, translating("dynamodb"):
        raise error
    assert refused.value.code == "dynamodb-unavailable"
    assert refused.value.__cause__ is error


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException", "ResourceNotFoundException"])
def test_an_error_of_ours_stays_what_it_is(code: str) -> None:
    """Trying again would hide it."""
    with pytest.raises(ClientError), translating("dynamodb"):
        raise refusal(code)


def test_tries_and_timeouts_are_bounded() -> None:
    """All tries of one call end before a function's time does."""
    options: Any = CONFIG
    assert (options.connect_timeout + options.read_timeout) * options.retries["total_max_attempts"] <= 21


@pytest.mark.parametrize("key", [{"pk": "", "sk": "a"}, {"pk": "a", "sk": ""}, {"pk": "a" * 2049, "sk": "a"}])
def test_a_key_that_dynamodb_would_refuse_is_not_asked_for(key: dict[str, str]) -> None:
    """An id that a caller made up is one that is not known, and no failure of ours."""
    asked, client = table()
    assert asked.get(key) is None
    asked.delete({"Key": key})
    assert client.requests == []


def test_a_failed_condition_tells_what_stands_there() -> None:
    """In plain values; None where nothing stands."""
    lone, _ = table(refusal("ConditionalCheckFailedException", Item={"pk": {"S": "x"}, "n": {"N": "5"}}))
    with pytest.raises(ConditionFailed) as failed:
        lone.put({"Item": {"pk": "x"}})
    assert failed.value.item == {"pk": "x", "n": 5}
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]
    both, _ = table(refusal("TransactionCanceledException", CancellationReasons=reasons))
    with pytest.raises(ConditionFailed) as failed:
        both.transact([])
    assert failed.value.items == {1: None}


@pytest.mark.parametrize(
    "busy",
    [
        refusal("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}]),
        refusal("TransactionCanceledException", CancellationReasons=[{"Code": "ThrottlingError"}]),
    ],
)
def test_a_collision_of_transactions_is_tried_again_and_in_the_end_unavailable(
    busy: ClientError, naps: list[float]
) -> None:
    """AWS cancels one of two that meet and leaves the repeating to the caller."""
    lucky, client = table(busy, busy, {})
    lucky.transact([{"Put": {"Item": {"pk": "x"}}}])
    assert len(client.requests) == 3
    assert client.requests[0] == client.requests[2]
    unlucky, client = table(*[busy] * 5)
    with pytest.raises(Unavailable):
        unlucky.transact([])
    assert len(client.requests) == 5
    assert sum(naps) < 3


def test_a_transaction_that_is_wrong_is_not_repeated() -> None:
    """It would be wrong again."""
    wrong, client = table(refusal("TransactionCanceledException", CancellationReasons=[{"Code": "ValidationError"}]))
    with pytest.raises(ClientError):
        wrong.transact([])
    assert len(client.requests) == 1


def test_unprocessed_writes_are_sent_again_until_none_is_left() -> None:
    """A batch may be done in part."""
    writes: list[Any] = [{"PutRequest": {"Item": {"pk": str(at)}}} for at in range(3)]
    left = [{"PutRequest": {"Item": {"pk": {"S": "2"}}}}]
    patient, client = table({"UnprocessedItems": {"t": left}}, {"UnprocessedItems": {}})
    patient.write_all(writes)
    assert client.requests[1] == {"RequestItems": {"t": left}}
    stuck, _ = table(*[{"UnprocessedItems": {"t": left}}] * 5)
    with pytest.raises(Unavailable):
        stuck.write_all(writes)


def test_a_query_follows_every_page_up_to_its_limit() -> None:
    """A page may be short, or empty, and not the last."""
    page = {"Items": [{"pk": {"S": "a"}}], "LastEvaluatedKey": {"pk": {"S": "a"}}}
    empty = {"Items": [], "LastEvaluatedKey": {"pk": {"S": "b"}}}
    last = {"Items": [{"pk": {"S": "c"}}]}
    whole, client = table(page, empty, last)
    assert whole.query({}) == [{"pk": "a"}, {"pk": "c"}]
    assert [request.get("ExclusiveStartKey") for request in client.requests] == [
        None,
        {"pk": {"S": "a"}},
        {"pk": {"S": "b"}},
    ]
    limited, client = table(page, page)
    assert len(limited.query({}, limit=2)) == 2
    assert [request["Limit"] for request in client.requests] == [2, 1]


def test_refused_messages_alone_are_sent_again() -> None:
    """The others have arrived; refused to the end, the caller is told."""
    refused = {"Failed": [{"Id": "1", "Code": "InternalError", "SenderFault": False}]}
    client: Any = Scripted(refused, {})
    SqsQueue(client, "url").send_all(["a", "b", "c"])
    assert [[entry["MessageBody"] for entry in request["Entries"]] for request in client.requests] == [
        ["a", "b", "c"],
        ["b"],
    ]
    client = Scripted(*[refused] * 4)
    with pytest.raises(Unavailable, match="1 message"):
        SqsQueue(client, "url").send_all(["a", "b"])


def test_s3_conflicts_are_told_from_other_bundles() -> None:
    """412 is another bundle, so is a missing one under If-Match; 409 may pass."""
    for code, status in (("PreconditionFailed", 412), ("NoSuchKey", 404)):
        client: Any = Scripted(refusal(code, status))
        with pytest.raises(PreconditionFailed):
            Bucket(client, "b").put({"Key": "k", "Body": b"", "IfMatch": '"e"'})
    client = Scripted(refusal("ConditionalRequestConflict", 409))
    with pytest.raises(Unavailable):
        Bucket(client, "b").put({"Key": "k", "Body": b""})


def test_objects_left_undeleted_are_not_passed_over() -> None:
    """A certificate is gone only when its keys are."""

    class Listing(Scripted):
        def get_paginator(self, _name: str) -> Any:
            return self

        def paginate(self, **_request: Any) -> list[dict[str, Any]]:
            return [{"Contents": [{"Key": "k"}]}, {}]

    client: Any = Listing({"Errors": [{"Key": "k"}]})
    with pytest.raises(Unavailable):
        Bucket(client, "b").delete_all("p/")
