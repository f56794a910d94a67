"""Place the order of an attempt, one at a time for account, names and profile."""

from dataclasses import replace

from certwright.domain.budget import PLACE_LASTS
from certwright.domain.certificate import Attempt
from certwright.domain.errors import CaRefusal
from certwright.domain.renewal import SECOND
from certwright.domain.steps import Wait
from certwright.flows.attempts import connected, hold_key, note_stage, open_attempt, with_attempt
from certwright.flows.failures import is_transient
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop
from certwright.ports import Holder

HELD_FOR = 30 * SECOND
"""How long to wait for another certificate of the same names to finish."""

ABOUT_THE_NAMES = frozenset({"rejectedIdentifier", "unsupportedIdentifier", "caa", "dns"})


def place_order(workshop: Workshop, job: Job) -> Effect:
    """Take the hold, place the order, and save its URL before anything else is asked of the CA.

    A worker that was frozen meanwhile places none: what permitted the order has lapsed. Where the CA refuses in a way
    that may concern `replaces`, that is noted (RFC 9773 §5): no longer exempt, the order needs places first.
    """
    now, attempt = workshop.clock.now(), open_attempt(job)
    if not _has_hold(workshop, job, attempt):
        return Effect(job, Wait(now + HELD_FOR, "same-names-in-flight"))
    if workshop.clock.now() >= now + PLACE_LASTS:
        return Effect(job)
    try:
        order = connected(job).ca.place_order(job.desired.names, job.desired.profile, attempt.replaces)
    except CaRefusal as refusal:
        if not attempt.replaces or not _may_concern_replaces(refusal):
            raise
        return _without_replaces(job, attempt)
    attempt = note_stage(replace(attempt, order_url=order.url), "ordered", workshop.clock.now())
    return Effect(replace(with_attempt(job, attempt), order=order), is_durable=True)


def _without_replaces(job: Job, attempt: Attempt) -> Effect:
    work = replace(job.work, attempt=replace(attempt, replaces=""), refused_replaces=attempt.replaces)
    return Effect(replace(job, work=work, reserved_at=0), is_durable=True)


def _has_hold(workshop: Workshop, job: Job, attempt: Attempt) -> bool:
    """See that the hold was taken with the attempt, or take it, also from a holder whose attempt is over."""
    key, mine = hold_key(job.desired), Holder(job.desired.id, attempt.id)
    if workshop.holds.read(key) == mine:
        return True
    holder = workshop.holds.take(key, mine)
    if holder == mine:
        return True
    other = workshop.jobs.read_work(holder.certificate)
    if other and other.work.attempt and other.work.attempt.id == holder.attempt:
        return False
    return workshop.holds.take(key, mine, instead_of=holder) == mine


def _may_concern_replaces(refusal: CaRefusal) -> bool:
    """Tell whether the order may be taken without `replaces`; an error inside the CA (500) may come of it each time."""
    if refusal.type in ABOUT_THE_NAMES:
        return False
    return refusal.status == 500 or not is_transient(refusal)
