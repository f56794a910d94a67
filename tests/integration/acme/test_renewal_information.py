"""Renewal information (RFC 9773), as Pebble gives it and as no CA should."""

import json
from datetime import UTC, datetime

import pytest

from certwright.adapters.keys import PemKeys
from certwright.domain.errors import Unavailable
from certwright.ports import RenewalWindow
from tests.support.acme_client import Client, issue
from tests.support.acme_server import Answer, ScriptedCa, problem
from tests.support.pebble_process import Pebble

START, END = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00+00:00"
WINDOW = {"suggestedWindow": {"start": START, "end": END}}


def test_the_window_of_a_fresh_certificate_lies_within_its_lifetime(client: Client) -> None:
    """Our identifier of RFC 9773 §4.1 is the one the CA knows."""
    leaf = PemKeys().read_leaf(issue(client, "fresh.test"))
    window = client.renewal.fetch_window(leaf.ari_id)
    assert window is not None
    assert leaf.not_before < window.start < window.end < leaf.not_after
    assert window.retry_after_seconds == 6 * 3600


def test_a_window_moved_into_the_past_is_seen(client: Client, believing_pebble: Pebble) -> None:
    """A CA that wants a certificate replaced early is heard."""
    chain = issue(client, "moved.test")
    believing_pebble.set_renewal_info(chain, json.dumps(WINDOW | {"explanationURL": "https://ca.test/why"}))
    window = client.renewal.fetch_window(PemKeys().read_leaf(chain).ari_id)
    start = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1000)
    assert window == RenewalWindow(start, start + 86_400_000, 6 * 3600, "https://ca.test/why")


@pytest.mark.parametrize(
    "answer",
    [
        {"suggestedWindow": {"start": END, "end": START}},
        {"suggestedWindow": {"start": START, "end": START}},
        {"suggestedWindow": {"start": START}},
        {"suggestedWindow": {"start": "soon", "end": END}},
        {"suggestedWindow": {"start": "2026-11-01T00:00:00", "end": END}},
        {"suggestedWindow": []},
        {},
    ],
)
def test_a_window_that_is_none_is_taken_for_no_suggestion(
    scripted: ScriptedCa, scripted_client: Client, answer: object
) -> None:
    """An end that is not after the start, and what is not a time, count as no answer (RFC 9773 §4.2)."""
    scripted.add("/renewal/a.b", Answer(body=answer))
    assert scripted_client.renewal.fetch_window("a.b") is None


@pytest.mark.parametrize(
    ("header", "seconds"), [("", 21600), ("5", 60), ("7200", 7200), ("999999999", 86400), ("tomorrow", 21600)]
)
def test_the_interval_is_kept_between_a_minute_and_a_day(
    scripted: ScriptedCa, scripted_client: Client, header: str, seconds: float
) -> None:
    """A CA can neither make us ask all the time nor silence us (RFC 9773 §4.3.2)."""
    scripted.add("/renewal/a.b", Answer(body=WINDOW, headers={"Retry-After": header}))
    window = scripted_client.renewal.fetch_window("a.b")
    assert window is not None
    assert window.retry_after_seconds == seconds


def test_a_ca_without_renewal_information_suggests_nothing(scripted: ScriptedCa, scripted_client: Client) -> None:
    """Neither is it asked, nor is `replaces` sent to it (RFC 9773 §5)."""
    directory = {name: url for name, url in scripted.directory().items() if name != "renewalInfo"}
    scripted.replace("/directory", Answer(body=directory))
    order = {"status": "ready", "identifiers": [], "finalize": "", "authorizations": []}
    scripted.add("/order", Answer(201, order, {"Location": f"{scripted.url}/order/1"}))
    assert scripted_client.renewal.fetch_window("a.b") is None
    scripted_client.ca.place_order(["a.test"], "", "a.b")
    assert scripted.asked("/order")[0].payload == {"identifiers": [{"type": "dns", "value": "a.test"}]}


@pytest.mark.parametrize("answer", [problem("malformed", 404), Answer(404, b"no"), Answer(301, b"")])
def test_a_certificate_the_ca_does_not_know_has_no_suggestion(
    scripted: ScriptedCa, scripted_client: Client, answer: Answer
) -> None:
    """A refusal for good leaves the fallback, and is no error."""
    scripted.add("/renewal/a.b", answer)
    assert scripted_client.renewal.fetch_window("a.b") is None


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("is_document", [True, False])
def test_a_ca_that_can_not_answer_now_is_asked_again(
    scripted: ScriptedCa, scripted_client: Client, status: int, is_document: bool
) -> None:
    """A passing failure is told from a refusal, and keeps its Retry-After (RFC 9773 §4.3.3)."""
    body = problem("rateLimited", status).body if is_document else b"<html>"
    scripted.add("/renewal/a.b", Answer(status, body, {"Retry-After": "90"}))
    with pytest.raises(Unavailable) as caught:
        scripted_client.renewal.fetch_window("a.b")
    assert caught.value.retry_after_seconds == 90
