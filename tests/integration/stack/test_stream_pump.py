"""The stream pump hands on what its filter lets through, in order, until it is dealt with."""

from typing import Any
from unittest.mock import patch

import pytest

from local.sandbox import FunctionError
from local.stack import Stack
from local.stream_pump import StreamPump, matches
from local.template import TemplateError, load

(MAPPING,) = load().stream_mappings


class _Function:
    """A function whose result is given, and that keeps what it was called with."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.result: Any = {"batchItemFailures": []}

    def invoke(self, event: Any) -> Any:
        self.batches.append([record["dynamodb"]["Keys"]["sk"]["S"] for record in event["Records"]])
        if isinstance(self.result, Exception):
            raise self.result
        return self.result(event) if callable(self.result) else self.result


def _pump(stack: Stack, function: _Function) -> StreamPump:
    arn = stack.values.attribute([MAPPING.table, "StreamArn"])
    return StreamPump(stack.client("dynamodbstreams"), arn, MAPPING, function)


def _put(stack: Stack, *sort_keys: str) -> None:
    for sort_key in sort_keys:
        item = {"pk": {"S": "crt_1"}, "sk": {"S": sort_key}}
        stack.client("dynamodb").put_item(TableName=stack.name(MAPPING.table), Item=item)


def test_only_new_events_come_through(stack_on_server: Stack) -> None:
    """Not the table's other items, and an event once."""
    function = _Function()
    pump = _pump(stack_on_server, function)
    _put(stack_on_server, "work", "event#1#r1", "summary", "event#2#r2", "event#2#r2")
    assert pump.pump_once() == 2
    assert pump.pump_once() == 0
    _put(stack_on_server, "event#3#r3")
    assert pump.pump_once() == 1
    assert function.batches == [["event#1#r1", "event#2#r2"], ["event#3#r3"]]


def test_what_failed_comes_again_and_nothing_overtakes_it(stack_on_server: Stack) -> None:
    """From the first failure on; after an error, the whole batch."""
    function = _Function()
    pump = _pump(stack_on_server, function)
    _put(stack_on_server, "event#1", "event#2", "event#3")
    second = 1
    function.result = lambda event: {
        "batchItemFailures": [{"itemIdentifier": event["Records"][second]["dynamodb"]["SequenceNumber"]}]
    }
    assert pump.pump_once() == 1
    function.result = FunctionError("it died")
    assert pump.pump_once() == 0
    function.result = {"batchItemFailures": []}
    assert pump.pump_once() == 2
    assert function.batches[1:] == [["event#2", "event#3"]] * 2


@pytest.mark.parametrize("error", ["TrimmedDataAccessException", "ExpiredIteratorException"])
def test_a_position_that_no_longer_counts_loses_nothing_and_repeats_nothing(stack_on_server: Stack, error: str) -> None:
    """Streams forget positions after a while; reading goes on after the last record."""
    function = _Function()
    pump = _pump(stack_on_server, function)
    _put(stack_on_server, "event#1")
    assert pump.pump_once() == 1
    streams = stack_on_server.client("dynamodbstreams")
    refusal = getattr(streams.exceptions, error)({"Error": {"Code": error}}, "GetRecords")
    with patch.object(streams, "get_records", side_effect=refusal):
        assert pump.pump_once() == 0
    _put(stack_on_server, "event#2")
    assert pump.pump_once() == 1
    assert function.batches == [["event#1"], ["event#2"]]


def test_a_batch_is_no_bigger_than_the_template_says(stack_on_server: Stack) -> None:
    """The rest is the next batch."""
    function = _Function()
    pump = _pump(stack_on_server, function)
    _put(stack_on_server, *(f"event#{number:02}" for number in range(MAPPING.batch_size + 3)))
    assert [pump.pump_once(), pump.pump_once(), pump.pump_once()] == [MAPPING.batch_size, 3, 0]


@pytest.mark.parametrize(
    ("pattern", "is_match"),
    [
        ({"a": ["x"]}, True),
        ({"a": ["y", "x"]}, True),
        ({"a": [{"prefix": "x"}], "b": {"c": ["long"]}}, True),
        ({"a": ["y"]}, False),
        ({"b": {"c": [{"prefix": "ng"}]}}, False),
        ({"missing": ["x"]}, False),
    ],
)
def test_patterns_match_as_lambdas_do(pattern: dict[str, Any], is_match: bool) -> None:
    """Every field of the pattern must match one of its choices."""
    assert matches(pattern, {"a": "x", "b": {"c": "long"}}) is is_match


def test_a_pattern_that_is_not_understood_is_an_error() -> None:
    """Never guessed."""
    with pytest.raises(TemplateError, match="anything-but"):
        matches({"a": [{"anything-but": "x"}]}, {"a": "x"})
