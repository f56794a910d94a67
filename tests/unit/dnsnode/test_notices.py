"""NOTIFY: who is heeded, what is answered, and how often it brings a poll about."""

import pytest

from certwright.domain.answer import ServedZone
from dnsnode.notices import MOST_AT_ONCE, Notices
from dnsnode.table import AnswerTable
from tests.support.dns_client import Response, build_query

ZONE = "acme.example.test"
NOTIFY = 4 << 11
AUTHORITATIVE = 0x0400


def notify(name: str = ZONE, rrtype: str = "SOA", rrclass: int = 1) -> bytes:
    """Write a NOTIFY as a primary does (RFC 1996 §3.6)."""
    return build_query(name, rrtype, flags=NOTIFY | AUTHORITATIVE, rrclass=rrclass)


@pytest.fixture
def told() -> list[None]:
    """One entry for each notice that was passed on."""
    return []


@pytest.fixture
def table(told: list[None]) -> AnswerTable:
    """A table that serves one zone and passes notices on."""
    table = AnswerTable(on_notify=lambda: told.append(None))
    table.set_zone(ServedZone(ZONE, ("ns.example.test",), ("127.0.0.9",)))
    return table


def test_a_notify_of_a_served_zone_is_acknowledged_and_passed_on(table: AnswerTable, told: list[None]) -> None:
    """NOERROR with the id, the opcode and the question, in any case; what else the message brings is not read."""
    for message in (notify(), notify(ZONE.upper()), notify() + b"an answer section"):
        wire = table.respond(message)
        assert wire is not None
        assert (wire[:4], Response(wire).rcode) == (message[:2] + b"\xa0\x00", "NOERROR")
        assert wire[12:] == message[12 : len(notify())]
    assert len(told) == 3


@pytest.mark.parametrize(
    "message",
    [
        notify("other.test"),
        notify(f"www.{ZONE}"),
        notify(rrtype="TXT"),
        notify(rrclass=3),
        notify()[:20],
        notify()[:12],
        notify()[:4] + b"\0\2" + notify()[6:],
        build_query(ZONE, "SOA", flags=5 << 11),
    ],
)
def test_any_other_is_not_implemented(table: AnswerTable, told: list[None], message: bytes) -> None:
    """Another zone, name, type or class, another opcode, a message that is cut: NOTIMP, and nobody is told."""
    wire = table.respond(message)
    assert wire is not None
    assert Response(wire).rcode == "NOTIMP"
    assert told == []


def test_the_response_to_a_notify_gets_silence(table: AnswerTable, told: list[None]) -> None:
    """No two servers can be made to answer each other."""
    assert table.respond(build_query(ZONE, "SOA", flags=NOTIFY | 0x8000)) is None
    assert told == []


def test_a_flood_of_notices_brings_about_a_burst_and_then_one_poll_for_each_there_is_anyway() -> None:
    """A thousand notices a second for a minute, where a node polls every half second by itself."""
    notices = Notices(0.5)
    heeded = sum(notices.take(100 + number / 1000) for number in range(60_000))
    assert heeded == pytest.approx(MOST_AT_ONCE + 120, abs=1)


def test_after_a_rest_a_burst_is_heeded_again() -> None:
    """What was not used is not saved up beyond a burst."""
    notices = Notices(0.5)
    for start in (100.0, 1000.0):
        assert sum(notices.take(start) for _ in range(100)) == MOST_AT_ONCE
