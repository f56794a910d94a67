"""Which CA a worker asks for a certificate that lists several."""

from collections.abc import Sequence
from dataclasses import replace

from certwright.domain.budget import Place
from certwright.domain.ca_choice import WAITS_FOR_BUDGET, choose_ca_account, find_trouble, has_another, note_trouble
from certwright.domain.certificate import Desired, Work
from certwright.flows.job import Job


def with_ca(desired: Desired, work: Work, now: int) -> Desired:
    """Show the CA that is to be asked: that of an open attempt, else the one that is chosen now."""
    if not desired.cas:
        return desired
    begun = (wish for wish in desired.cas if work.attempt and wish.account == work.attempt.account)
    chosen = next(begun, None) or choose_ca_account(desired.cas, work.ca_troubles, now)
    return replace(desired, account=chosen.account, profile=chosen.profile)


def wait_or_turn(job: Job, places: Sequence[Place], now: int) -> Job:
    """Wait for a place at this CA's limits, or turn to another where it is far and the other is nearer.

    The place is kept: where every CA has to be waited for, it is the one whose turn comes first.
    """
    desired, work = job.desired, job.work
    others = (place for place in work.places if place.account != desired.account and now < place.at)
    work = replace(work, places=(*others, *places))
    at = max((place.at for place in places), default=0)
    trouble = find_trouble(desired.account, WAITS_FOR_BUDGET, at, now)
    if trouble:
        work = replace(work, ca_troubles=note_trouble(work.ca_troubles, trouble, now))
    if trouble is None or work.attempt or not _is_other_nearer(desired, work, at, now):
        return replace(job, work=work)
    return replace(
        job, desired=with_ca(desired, work, now), work=replace(work, checked_at=0), connection=None, reserved_at=0
    )


def _is_other_nearer(desired: Desired, work: Work, at: int, now: int) -> bool:
    """Tell whether another CA can be asked now, or was waited for and has its turn before."""
    waited_for = (
        item for item in work.ca_troubles if item.code == WAITS_FOR_BUDGET and item.account != desired.account
    )
    return has_another(desired.cas, work.ca_troubles, now) or any(item.until < at for item in waited_for)
