"""What is counted: each message once, by what came out."""

import pytest

from certwright.domain.answer import ServedZone
from dnsnode.counts import Counts, Outcome
from dnsnode.lease import Lease
from dnsnode.table import AnswerTable
from tests.support.dns_client import build_opt, build_query

ZONE = "acme.example.test"
NAME = f"0b3c7a52-5b1f-4f6e-9d3e-2f6a1c7d8e90.{ZONE}"
LONG_NAME = f"99999999-5b1f-4f6e-9d3e-2f6a1c7d8e90.{ZONE}"
EMPTY = f"11111111-2222-4333-8444-555555555555.{ZONE}"

OUTCOMES = [
    (build_query(NAME), Outcome.ANSWER),
    (build_query(NAME, "ANY"), Outcome.ANSWER),
    (build_query(ZONE, "SOA"), Outcome.ANSWER),
    (build_query(EMPTY), Outcome.NODATA),
    (build_query(NAME, "CAA"), Outcome.NODATA),
    (build_query(ZONE, "A"), Outcome.NODATA),
    (build_query(f"www.{ZONE}"), Outcome.NXDOMAIN),
    (build_query(f"a.b.{ZONE}"), Outcome.NXDOMAIN),
    (build_query("elsewhere.test"), Outcome.REFUSED),
    (build_query(NAME, rrclass=3), Outcome.REFUSED),
    (build_query(ZONE, "AXFR"), Outcome.REFUSED),
    (build_query(NAME)[:-3], Outcome.FORMERR),
    (build_query(NAME, opt=build_opt(options=b"\0")), Outcome.FORMERR),
    (build_query(NAME, flags=0x2800), Outcome.NOTIMP),
    (build_query(NAME, opt=build_opt(version=1)), Outcome.BADVERS),
    (build_query(NAME, flags=0x8000), Outcome.SILENT),
    (b"short", Outcome.SILENT),
]


@pytest.fixture
def table() -> AnswerTable:
    table = AnswerTable()
    table.set_zone(ServedZone(ZONE, ("ns.example.test",), ()))
    table.set_txt(NAME, ("one",))
    table.set_txt(LONG_NAME, tuple(f"{number:02d}{'x' * 60}" for number in range(30)))
    return table


@pytest.mark.parametrize(("query", "outcome"), OUTCOMES)
def test_each_outcome_is_counted_once_the_first_time_and_later(
    table: AnswerTable, query: bytes, outcome: Outcome
) -> None:
    """Also when the frame is known and the message takes a shorter way."""
    counts = Counts()
    for _ in range(3):
        table.respond(query, 512, counts)
        counts.finish(1)
    assert {found: number for found, number in counts.read().items() if number} == {outcome: 3}
    assert counts.received == 3
    assert counts.truncated == 0


def test_a_blind_node_counts_its_failures(table: AnswerTable) -> None:
    """SERVFAIL in place of a denial."""
    table.set_lease(Lease(0.0, 100.0), 50.0)
    counts = Counts()
    for _ in range(2):
        table.respond(build_query(EMPTY), 512, counts)
        counts.finish(1)
    assert counts.read()[Outcome.SERVFAIL] == 2


def test_a_truncated_answer_is_an_answer_and_counted_as_truncated(table: AnswerTable) -> None:
    """Each response has one outcome; being cut is counted beside it."""
    counts = Counts()
    table.respond(build_query(LONG_NAME), 512, counts)
    table.respond(build_query(LONG_NAME), 65_535, counts)
    counts.finish(2)
    assert counts.read()[Outcome.ANSWER] == 2
    assert counts.truncated == 1


def test_a_batch_is_answers_but_for_what_was_counted() -> None:
    """Answers cost nothing to count."""
    counts = Counts()
    counts.add(Outcome.NXDOMAIN)
    counts.finish(64)
    counts.add(Outcome.SILENT)
    counts.finish(1)
    assert counts.read()[Outcome.ANSWER] == 63
    assert counts.received == 65
    assert sum(counts.read().values()) == 65
