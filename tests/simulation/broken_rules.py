"""Rules of the system, each broken on purpose: the simulation must find what every one of them prevents."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from certwright.domain import next_step
from certwright.domain.next_step import View
from certwright.domain.renewal import DAY
from certwright.domain.steps import Step, Wait
from certwright.flows.attempts import open_attempt, with_attempt
from certwright.flows.job import Effect, Job
from certwright.flows.store_version import store_version
from certwright.flows.world import Workshop
from tests.fakes.bucket import FakeVersions
from tests.fakes.certificates import FakeJobs

FLOWS = "certwright.flows"


def _skip_withdrawal(_workshop: object, job: Job) -> Effect:
    return Effect(with_attempt(job, replace(open_attempt(job), publications=())))


def _reserve_nothing(workshop: Workshop, job: Job) -> Effect:
    return Effect(replace(job, reserved_at=workshop.clock.now()))


def _wait_for_ever(job: Job, _silence: object, now: int) -> Effect:
    return Effect(job, Wait(now + 400 * DAY, "unavailable"))


def _put_anyway(self: Any, certificate_id: str, version: int, _etag: str, *bodies: bytes) -> str:
    found = FakeVersions.describe_current(self, certificate_id)
    return _REPLACE(self, certificate_id, version, found.etag if found else "", *bodies)


def _claim_anyway(self: Any, certificate_id: str, worker: str, now: int, lease_until: int) -> Any:
    managed = self.read_work(certificate_id)
    later = max(now, managed.work.due_at) if managed and managed.work.claimed_by else now
    return _CLAIM(self, certificate_id, worker, later, lease_until)


def _permit_anybody(view: View, now: int, lasts: int) -> Step | None:
    missing = _ASK(replace(view, work=replace(view.work, ownership_problem=None)), now, lasts)
    return None if isinstance(missing, Wait) and missing.reason == "delegated-elsewhere" else missing


_ASK: Callable[..., Step | None] = next_step._ask_permission  # what is broken is one decision, not a whole flow
_REPLACE: Callable[..., str] = FakeVersions.replace_current
_CLAIM: Callable[..., Any] = FakeJobs.claim


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and what breaks it: the place that is patched, and what stands there instead.

    `promises` are those it may break, `shown_by` is a seed that has shown it.
    """

    place: str
    instead: object
    promises: frozenset[str]
    shown_by: int = 0


def _rule(place: str, instead: object, *promises: str, shown_by: int = 0) -> Rule:
    return Rule(place, instead, frozenset(promises), shown_by)


BROKEN: Mapping[str, Rule] = {
    "saves are not fenced": _rule(
        "tests.fakes.certificates._may_save", lambda _stored, _changes: True, "current", "in flight", shown_by=18
    ),
    "a lease keeps nobody out": _rule("tests.fakes.certificates.FakeJobs.claim", _claim_anyway, "lease"),
    "current is put whatever stands there": _rule(
        "tests.fakes.bucket.FakeVersions.replace_current", _put_anyway, "current", shown_by=26
    ),
    "answers are not withdrawn": _rule(f"{FLOWS}.perform.withdraw_answers", _skip_withdrawal, "answers"),
    "answers have no end": _rule("certwright.domain.publication.ANSWER_LIFETIME", 30 * DAY, "answers"),
    "silence sets no due time": _rule(f"{FLOWS}.advance_certificate.after_silence", _wait_for_ever, "due", shown_by=2),
    "the nodes are not waited for": _rule(
        f"{FLOWS}.await_visible.is_visible", lambda _rows, _wanted, _now: True, "visible", shown_by=14
    ),
    "nobody holds the names": _rule(
        f"{FLOWS}.place_order._has_hold", lambda _workshop, _job, _attempt: True, "in flight", shown_by=14
    ),
    "names of others are permitted": _rule(
        "certwright.domain.next_step._ask_permission", _permit_anybody, "names", shown_by=84
    ),
    "nothing is reserved": _rule(f"{FLOWS}.perform.reserve_budget", _reserve_nothing, "limits", shown_by=32),
    "what a dry run came to is stored": _rule(
        f"{FLOWS}.perform.conclude_dry_run", store_version, "dry run", shown_by=1
    ),
    "what is due is not swept": _rule("tests.simulation.town.enqueue_due", lambda *_: 0, "left due", "prompt"),
    "what a renewal replaces is named whatever the CA says": _rule(
        f"{FLOWS}.place_order._may_concern_replaces", lambda _refusal: False, "prompt", shown_by=2
    ),
    "renewal is set to the end": _rule(
        f"{FLOWS}.store_version.pick_time", lambda window, _fraction: window[1] + 60 * DAY, "lapse"
    ),
}


@contextmanager
def broken(rule: str) -> Iterator[None]:
    """Break a rule for a while."""
    with patch(BROKEN[rule].place, BROKEN[rule].instead):
        yield
