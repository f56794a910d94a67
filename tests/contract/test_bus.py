"""Announcements arrive at whoever listens, with the deployment they come from."""

import json
from typing import Any

import pytest

from certwright.adapters.eventbridge import EventBridge, build_entry
from certwright.domain.announcement import STATE_CHANGED, Announcement
from certwright.domain.errors import Unavailable
from local.stack import Stack

CHANGED = Announcement(STATE_CHANGED, 1_800_000_000_000, "crt_1", {"state": "issued", "names": ["bücher.example"]})


def listen(stack: Stack) -> str:
    """Have a queue take all events of ours, as an operator's rule would."""
    events, url = stack.client("events"), stack.name("WorkQueue")
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["certwright"]}))
    arn = stack.values.attribute(["WorkQueue", "Arn"])
    events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": arn}])
    return url


def receive(stack: Stack, url: str) -> dict[str, Any]:
    """Take one event from the queue."""
    (message,) = stack.client("sqs").receive_message(QueueUrl=url)["Messages"]
    event: dict[str, Any] = json.loads(message["Body"])
    return event


def test_an_event_reaches_a_rule_by_its_source(stack: Stack) -> None:
    """Detail type, resources and detail are what rules can match."""
    url = listen(stack)
    EventBridge(stack.client("events"), "stack-1").announce(CHANGED)
    event = receive(stack, url)
    assert event["detail-type"] == "Certificate State Changed"
    assert event["resources"] == ["stack-1", "crt_1"]
    assert event["detail"] == {"deployment": "stack-1", "state": "issued", "names": ["bücher.example"]}


def test_an_event_that_was_not_taken_is_an_error() -> None:
    """PutEvents answers 200 even then."""

    class Refusing:
        def put_events(self, **_: object) -> dict[str, Any]:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}

    with pytest.raises(Unavailable, match="ThrottlingException"):
        EventBridge(Refusing(), "stack-1").announce(CHANGED)  # type: ignore[arg-type]  # stands in for a client


def test_the_time_of_an_event_is_when_it_came_about() -> None:
    """Not when it was announced."""
    assert build_entry(CHANGED, "stack-1")["Time"].timestamp() == 1_800_000_000
