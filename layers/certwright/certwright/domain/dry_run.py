"""Dry runs: an order for the same names at a CA's staging, of which nothing is kept; and rehearsals of renewals."""

from dataclasses import dataclass, replace

from certwright.domain.problem import Problem
from certwright.domain.renewal import DAY, HOUR, MINUTE

DRY_RUN_KEPT = DAY
"""How long after it has ended a dry run can be read, and how long one may take to end."""

PASSED, FAILED = "dry-run-passed", "dry-run-failed"

REHEARSAL_FAILED = "rehearsal-failed"

REHEARSAL_TAKES = 12 * HOUR
"""After so long a rehearsal that waits for something counts as failed; its renewal then has days left."""

LOOKS = (2 * MINUTE, 10 * MINUTE, HOUR)
"""How long after its beginning a rehearsal is looked at, then every hour."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a dry run ended, at an instant (epoch milliseconds); `problem` is None where a certificate was issued.

    `issuer` and `not_after` are those of the certificate that was not kept.
    """

    at: int
    problem: Problem | None = None
    issuer: str = ""
    not_after: int = 0


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A dry run of the renewal of `version`, which lies under an id of its own.

    `is_made` says that the dry run was stored, `look_at` when it is looked at next. Once it has ended, at `ended_at`,
    `problem` is None where the renewal would have gone well, or where there was nothing to rehearse at.
    """

    version: int
    id: str
    begun_at: int
    is_made: bool = False
    look_at: int = 0
    ended_at: int = 0
    problem: Problem | None = None


def dry_run_goes_at(created_at: int, verdict: Verdict | None) -> int:
    """Tell when a dry run goes by itself."""
    return (verdict.at if verdict else created_at) + DRY_RUN_KEPT


def rehearsal_due(renew_at: int, stored_at: int, days: int) -> int | None:
    """Tell when to rehearse a renewal, `days` before it; None for never: one that is renewed sooner after its issue."""
    at = renew_at - days * DAY
    return at if days > 0 and at > stored_at else None


def next_look(rehearsal: Rehearsal, now: int) -> int:
    """Tell when to look at a rehearsal again."""
    return next((rehearsal.begun_at + after for after in LOOKS if rehearsal.begun_at + after > now), now + HOUR)


def judge_rehearsal(rehearsal: Rehearsal, problem: Problem | None, now: int) -> Rehearsal:
    """End a rehearsal by what its dry run came to; a problem is told as one of the renewal to come."""
    if problem is None:
        return replace(rehearsal, ended_at=now)
    sentence = f"A rehearsal of the next renewal failed, which is still to come: {problem.sentence}"
    return replace(rehearsal, ended_at=now, problem=replace(problem, code=REHEARSAL_FAILED, sentence=sentence))


def dry_run_state(verdict: Verdict) -> tuple[str, str]:
    """Tell the state of a dry run that has ended, and a sentence."""
    if verdict.problem:
        return "failed", verdict.problem.sentence
    return "passed", "It would be issued: the CA's staging has issued a certificate, which was not kept."


def plan_rehearsal(rehearsal: Rehearsal | None, version: int, due: int | None) -> int | None:
    """Tell when the rehearsal of a version's renewal next needs somebody; None where it is done, or there is none."""
    if rehearsal is None or rehearsal.version != version:
        return due
    return None if rehearsal.ended_at else rehearsal.look_at
