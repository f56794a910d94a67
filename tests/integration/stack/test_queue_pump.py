"""The queue pump deletes what succeeded, and nothing else."""

import json
import threading
from typing import Any

import pytest

from local.queue_pump import QueuePump
from local.sandbox import FunctionError
from local.schedule import Ticker, build_event
from local.stack import Stack
from local.template import QueueMapping, Schedule


class _Function:
    """A function whose result is given, and that keeps its events."""

    def __init__(self, result: Any) -> None:
        self.events: list[Any] = []
        self.result = result

    def invoke(self, event: Any) -> Any:
        self.events.append(event)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result(event) if callable(self.result) else self.result


def _mapping(batch_size: int = 1, *, reports_failures: bool = True) -> QueueMapping:
    return QueueMapping("WorkQueue", "IssuanceFunction", batch_size, 10, reports_failures)


def _pump(stack: Stack, function: _Function, mapping: QueueMapping) -> QueuePump:
    return QueuePump(stack.client("sqs"), stack.name("WorkQueue"), mapping, function)


def _send(stack: Stack, *bodies: str) -> None:
    for body in bodies:
        stack.client("sqs").send_message(QueueUrl=stack.name("WorkQueue"), MessageBody=body)


def _left(stack: Stack) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = stack.client("sqs").get_queue_attributes(QueueUrl=stack.name("WorkQueue"), AttributeNames=names)
    return sum(int(attributes["Attributes"][name]) for name in names)


def test_a_batch_of_one_is_one_record_as_lambda_has_it(stack: Stack) -> None:
    """The event names the queue and counts receptions; a message that succeeded is deleted."""
    function = _Function({"batchItemFailures": []})
    _send(stack, '{"certificate_id": "crt_1"}', "second")

    assert _pump(stack, function, _mapping()).pump_once() == 1

    ((record,),) = [event["Records"] for event in function.events]
    assert json.loads(record["body"]) == {"certificate_id": "crt_1"}
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(stack.name("WorkQueue").rpartition("/")[2])
    assert record["eventSourceARN"].startswith("arn:aws:sqs:us-east-1:123456789012:")
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert _left(stack) == 1


def test_a_reported_failure_stays(stack: Stack) -> None:
    """Only the message named in batchItemFailures is kept for another try."""

    def fail_bad(event: Any) -> Any:
        bad = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": name} for name in bad]}

    _send(stack, "good", "bad", "good")
    pump = _pump(stack, _Function(fail_bad), _mapping(batch_size=10))
    assert sum(pump.pump_once() for _ in range(3)) == 2
    assert _left(stack) == 1


def test_a_raised_failure_keeps_the_whole_batch(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is deleted, the message comes back after the visibility timeout, and it is said."""
    _send(stack, "one")
    assert _pump(stack, _Function(FunctionError("it broke")), _mapping()).pump_once() == 0
    assert _left(stack) == 1
    assert "it broke" in capsys.readouterr().err


def test_failures_count_only_where_they_are_declared(stack: Stack) -> None:
    """Without ReportBatchItemFailures a result says nothing: the batch is done."""
    _send(stack, "one")
    function = _Function(lambda event: {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]})
    assert _pump(stack, function, _mapping(reports_failures=False)).pump_once() == 1
    assert _left(stack) == 0


def test_workers_stop_with_the_pump(stack: Stack) -> None:
    """No worker takes a message after `stop`, which waits for them."""
    function = _Function({"batchItemFailures": []})
    pump = _pump(stack, function, _mapping())
    pump.start(workers=2)
    pump.stop()
    _send(stack, "late")
    assert _left(stack) == 1


def test_a_schedule_runs_at_once_and_fails_aloud_the_first_time() -> None:
    """The first run is what a new deployment waits for: its failure is the start's failure."""
    ticker = Ticker(Schedule("RenewalFunction", 60), _Function(FunctionError("no table")), time_scale=1)
    with pytest.raises(FunctionError, match="no table"):
        ticker.start()


def test_a_schedule_goes_on_after_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """A failed run is said, and the next one comes all the same."""
    reached = threading.Event()
    function = _Function(None)

    def run(event: Any) -> None:
        if len(function.events) == 2:
            raise FunctionError("once")
        if len(function.events) == 3:
            reached.set()

    function.result = run
    ticker = Ticker(Schedule("RenewalFunction", 60), function, time_scale=6000)
    ticker.start()
    assert reached.wait(60)
    ticker.stop()
    assert "RenewalFunction: once" in capsys.readouterr().err
    assert function.events[0]["source"] == build_event()["source"] == "aws.scheduler"
