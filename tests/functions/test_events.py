"""The function that announces, called with records as DynamoDB's stream has them."""

from typing import Any

import pytest

from certwright import bootstrap
from certwright.adapters.dynamodb_account_events import account_event_item
from certwright.adapters.dynamodb_history import event_item
from certwright.adapters.dynamodb_notices import notice_item
from certwright.adapters.dynamodb_values import marshal
from certwright.adapters.event_images import read_event_image
from certwright.domain.account_event import AccountChange, AccountEvent
from certwright.domain.announcement import ACCOUNT_CHANGED, STATE_CHANGED
from certwright.domain.certificate import Event
from certwright.domain.notice import About, Notice
from functions.events import handler as events
from tests.fakes.bus import FakeBus
from tests.fakes.certificates import FakeOverview
from tests.support.deployment import Deployment


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch, town: Deployment) -> FakeBus:
    """Serve the function with fakes."""
    made = FakeBus()
    parts = bootstrap.Crier(FakeOverview(town.store), made, read_event_image)
    monkeypatch.setattr(events, "crier", lambda: parts)
    return made


@pytest.fixture
def town() -> Deployment:
    """Give a deployment in memory."""
    return Deployment()


def record(certificate_id: str, event: Event, number: int = 1) -> dict[str, Any]:
    """Build the record of an event that was put into the table."""
    item = event_item(certificate_id, event, f"r{number}")
    image = marshal(item)
    return {
        "eventID": str(number),
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "Keys": {"pk": image["pk"], "sk": image["sk"]},
            "NewImage": image,
            "SequenceNumber": str(number),
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/c/stream/2026-01-01T00:00:00.000",
    }


def test_a_change_of_state_is_announced_with_what_listeners_match_on(bus: FakeBus, town: Deployment) -> None:
    """State, reason and sentence as they were; owner, names and expiry as lists show them."""
    certificate_id = town.issue()
    event = town.store.events[certificate_id][-1]
    assert events.handler({"Records": [record(certificate_id, event)]}, None) == {"batchItemFailures": []}
    (announced,) = bus.announced
    assert (announced.kind, announced.certificate) == (STATE_CHANGED, certificate_id)
    assert announced.detail["state"] == "issued"
    assert announced.detail["message"] == event.sentence
    assert announced.detail["owner"] == "own_a"
    assert announced.detail["names"] == ["*.example.test", "example.test"]
    assert str(announced.detail["expires_at"]).endswith("Z")


def test_an_event_of_a_certificate_that_is_gone_is_announced_all_the_same(bus: FakeBus) -> None:
    """A deletion's last event may be read after the certificate is no more."""
    events.handler({"Records": [record("crt_gone", Event(1, "deleting", "deleting", "It was deleted."))]}, None)
    (announced,) = bus.announced
    assert (announced.detail["owner"], announced.detail["names"]) == (None, [])


def test_what_could_not_be_announced_comes_again(bus: FakeBus) -> None:
    """Reported by its sequence number; Lambda goes on from there."""
    bus.is_down = True
    records = [record("crt_1", Event(1, "issued", "issued", "It is issued."), number) for number in (7, 8)]
    answer = events.handler({"Records": records}, None)
    assert answer["batchItemFailures"][0] == {"itemIdentifier": "7"}


def test_what_becomes_of_a_zone_is_announced(bus: FakeBus) -> None:
    """With the zone's id, its origin and the code."""
    notice = Notice(1, About.ZONE, "zon_1", "acme.example.com", "own_a", "broken", "zone-ds", "Delete the DS.")
    given = record("crt_1", Event(1, "issued", "issued", "It is issued."))
    given["dynamodb"]["NewImage"] = marshal(notice_item(notice))
    assert events.handler({"Records": [given]}, None) == {"batchItemFailures": []}
    (announced,) = bus.announced
    assert announced.kind == "Zone State Changed"
    assert announced.detail["zone"] == "zon_1"
    assert announced.detail["origin"] == "acme.example.com"
    assert announced.detail["reason"] == "zone-ds"


def test_what_happens_to_a_ca_account_is_announced(bus: FakeBus) -> None:
    """With the account and what changed; it lies in the same table, so the same stream brings it."""
    event = AccountEvent(1, "backup", "https://ca.test", AccountChange.KEY_REPLACED, "The account's key was replaced.")
    image = marshal(account_event_item(event))
    given = record("crt_1", Event(1, "issued", "issued", "It is issued."))
    given["dynamodb"] |= {"Keys": {"pk": image["pk"], "sk": image["sk"]}, "NewImage": image}
    assert events.handler({"Records": [given]}, None) == {"batchItemFailures": []}
    (announced,) = bus.announced
    assert announced.kind == ACCOUNT_CHANGED
    assert (announced.detail["ca"], announced.detail["change"]) == ("backup", "key-replaced")
