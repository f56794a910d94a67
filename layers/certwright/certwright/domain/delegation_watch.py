"""What is known of a delegation: whether it stands, and whether a CNAME is left over of one that was deleted."""

from dataclasses import replace
from enum import StrEnum

from certwright.domain.notice import About, Notice
from certwright.domain.owner import Delegation
from certwright.domain.problem import Actor, Problem, shorten
from certwright.domain.renewal import DAY, HOUR

NOTED_DAILY = 20 * HOUR
"""So long nothing is stored of looks that find what the last one found."""

TIME_TO_SETTLE = DAY
"""So long after a deletion a look may still have missed what is left over."""


class State(StrEnum):
    """How a delegation stands."""

    WAITING = "waiting"
    STANDS = "stands"
    BROKEN = "broken"
    LEFT_OVER = "left-over"
    DELETED = "deleted"


def state_of(delegation: Delegation) -> State:
    """Derive the state from what the last look found."""
    if delegation.deleted_at:
        is_seen_since = delegation.looked_at > delegation.deleted_at
        return State.LEFT_OVER if delegation.target and is_seen_since else State.DELETED
    if delegation.problem:
        return State.BROKEN if delegation.seen_at else State.WAITING
    return State.STANDS if delegation.target else State.WAITING


def is_gone(delegation: Delegation) -> bool:
    """Tell whether nothing leads to a deleted delegation any more, for a day at least: it is looked at no longer."""
    has_settled = delegation.looked_at >= delegation.deleted_at + TIME_TO_SETTLE
    return bool(delegation.deleted_at) and has_settled and not delegation.target


def is_unattended(delegation: Delegation, now: int) -> bool:
    """Tell whether a delegation is to be looked at for its own sake: no certificate's looks see to it."""
    is_rested = now >= max(delegation.looked_at, delegation.deleted_at) + NOTED_DAILY
    return not delegation.certificates and not is_gone(delegation) and is_rested


def after_walk(delegation: Delegation, target: str, problem: Problem | None, now: int) -> Delegation:
    """Note what a look found."""
    return replace(
        delegation,
        looked_at=now,
        seen_at=now if target else delegation.seen_at,
        target=target,
        problem=shorten(problem) if problem else None,
    )


def is_news(before: Delegation, after: Delegation) -> bool:
    """Tell whether what a look found is to be stored: something else than before, or a day later."""
    is_same = (before.target, _code(before)) == (after.target, _code(after))
    return not is_same or after.looked_at >= before.looked_at + NOTED_DAILY


def left_over(delegation: Delegation) -> Problem | None:
    """Say which record to remove where one is left over of a deleted delegation."""
    if state_of(delegation) is not State.LEFT_OVER:
        return None
    name, target = delegation.validation_name, delegation.target
    return Problem(
        "cname-left-over",
        f"Nothing needs {name} CNAME {target} any more: remove it, so that nobody can answer a CA by it.",
        Actor.USER,
        subject=name,
        wanted="no CNAME",
        found=f"CNAME {target}",
    )


def notice_of(before: Delegation, after: Delegation, now: int) -> Notice | None:
    """Tell of a CNAME that was left over, and of its end; None where nothing has changed."""
    if not after.deleted_at or state_of(before) is state_of(after):
        return None
    trouble, state = left_over(after), state_of(after)
    reason = trouble.code if trouble else state.value
    sentence = trouble.sentence if trouble else f"{after.validation_name} no longer leads here."
    return Notice(now, About.DELEGATION, after.uuid, after.domain, after.owner, state.value, reason, sentence)


def _code(delegation: Delegation) -> str:
    return delegation.problem.code if delegation.problem else ""
