"""The state shown to people: derived from what was asked and how far it is, never set; and what of it is kept."""

from dataclasses import replace

import pytest

from certwright.domain.certificate import Desired, Work
from certwright.domain.history import event_to_write, summary_to_write
from certwright.domain.shown import SUMMARY_NAMES, status, summary
from tests.support.views import BROKEN, NOW, attempt, current, desired

WANTED = desired()
NEW = Work(WANTED.id, due_at=NOW)
ISSUED = replace(NEW, current=current(), reason="issued")

STATES: list[tuple[Desired, Work, str]] = [
    (WANTED, NEW, "waiting"),
    (WANTED, replace(NEW, problem=BROKEN), "waiting"),
    (WANTED, replace(NEW, attempt=attempt()), "issuing"),
    (WANTED, replace(NEW, failures=1), "failing"),
    (WANTED, replace(NEW, failures=1, attempt=attempt()), "issuing"),
    (WANTED, ISSUED, "issued"),
    (WANTED, replace(ISSUED, problem=BROKEN, failures=3), "issued"),
    (WANTED, replace(ISSUED, attempt=attempt()), "renewing"),
    (WANTED, replace(ISSUED, attempt=replace(attempt(), is_stored=True)), "issued"),
    (WANTED, replace(ISSUED, current=current(not_after=NOW)), "expired"),
    (WANTED, replace(ISSUED, current=current(not_after=NOW), attempt=attempt()), "expired"),
    (desired(is_deleted=True), ISSUED, "deleting"),
]


@pytest.mark.parametrize(("wanted", "work", "state"), STATES)
def test_the_state_follows_from_the_parts(wanted: Desired, work: Work, state: str) -> None:
    """With a sentence in every case."""
    shown = status(wanted, work, NOW)
    assert shown.state == state
    assert shown.sentence.endswith(".")


@pytest.mark.parametrize("work", [replace(NEW, problem=BROKEN), replace(ISSUED, problem=BROKEN)])
def test_a_problem_is_shown_whatever_the_state(work: Work) -> None:
    """An issued certificate may have one, of its renewal."""
    shown = status(WANTED, work, NOW)
    assert (shown.problem, shown.reason, shown.sentence) == (BROKEN, BROKEN.code, BROKEN.sentence)


def test_without_a_problem_the_reason_is_what_the_worker_waits_for() -> None:
    """So that a list can be filtered by it."""
    assert status(WANTED, replace(NEW, reason="awaiting-nodes"), NOW).reason == "awaiting-nodes"


def test_a_summary_is_small_however_many_names_there_are() -> None:
    """It holds the first few and their number."""
    many = desired(tuple(f"n{at:03}.example.com" for at in range(100)), http=("n000.example.com",))
    shown = summary(many, ISSUED, NOW)
    assert (len(shown.names), shown.names_total, shown.challenge) == (SUMMARY_NAMES, 100, "dns-01+http-01")
    assert (shown.issued_at, shown.expires_at) == (ISSUED.current.stored_at, ISSUED.current.not_after)  # type: ignore[union-attr]  # issued


def test_a_save_that_shows_nothing_new_writes_neither_summary_nor_event() -> None:
    """Most saves."""
    after = replace(NEW, checked_at=NOW, revision=2)
    assert summary_to_write(WANTED, NEW, after, NOW) is None
    assert event_to_write(WANTED, NEW, after, NOW) is None


def test_a_change_of_state_or_reason_is_written_for_people() -> None:
    """With the sentence as it was shown."""
    event = event_to_write(WANTED, NEW, replace(NEW, problem=BROKEN), NOW)
    assert event is not None
    assert (event.at, event.state, event.reason, event.sentence) == (NOW, "waiting", BROKEN.code, BROKEN.sentence)
    shown = summary_to_write(WANTED, NEW, ISSUED, NOW)
    assert shown is not None
    assert shown.state == "issued"


def test_an_expired_certificates_summary_lands_with_every_save() -> None:
    """It expired by the clock, between two saves."""
    expired = replace(ISSUED, current=current(not_after=NOW))
    assert summary_to_write(WANTED, expired, replace(expired, revision=2), NOW) is not None
