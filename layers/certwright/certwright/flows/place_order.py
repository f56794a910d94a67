"""Place the order of an attempt, one at a time for account, names and profile."""

from dataclasses import replace

from certwright.domain.budget import PLACE_LASTS
from certwright.domain.certificate import Attempt
from certwright.domain.errors import CaRefusal
from certwright.domain.order import Order
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

    A worker that was frozen meanwhile places none: what permitted the order has lapsed.
    """
    now, attempt = workshop.clock.now(), open_attempt(job)
    if not _has_hold(workshop, job, attempt):
        return Effect(job, Wait(now + HELD_FOR, "same-names-in-flight"))
    placed = _place(workshop, job, attempt, now + PLACE_LASTS)
    if placed is None:
        return Effect(job)
    order, replaces = placed
    attempt = replace(attempt, order_url=order.url, replaces=replaces)
    job = replace(with_attempt(job, note_stage(attempt, "ordered", workshop.clock.now())), order=order)
    return Effect(job, is_durable=True)


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


def _place(workshop: Workshop, job: Job, attempt: Attempt, until: int) -> tuple[Order, str] | None:
    """Place the order, once more without `replaces` when the CA refuses in a way that may concern it (RFC 9773 §5).

    Returns the order, and the `replaces` that the CA accepted; None where it is too late for an order.
    """
    ca, desired = connected(job).ca, job.desired
    for replaces in dict.fromkeys((attempt.replaces, "")):
        if workshop.clock.now() >= until:
            return None
        try:
            return ca.place_order(desired.names, desired.profile, replaces), replaces
        except CaRefusal as refusal:
            if not replaces or not _may_concern_replaces(refusal):
                raise
    return None


def _may_concern_replaces(refusal: CaRefusal) -> bool:
    """Tell whether the order may be taken without `replaces`; an error inside the CA (500) may come of it each time."""
    if refusal.type in ABOUT_THE_NAMES:
        return False
    return refusal.status == 500 or not is_transient(refusal)
