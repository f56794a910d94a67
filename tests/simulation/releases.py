"""Two releases at work at once: a deployment changes what comes next while attempts are under way."""

from collections import Counter

from certwright.domain.next_step import View, next_step
from certwright.domain.steps import CheckRecords, Finalize, PlaceOrder, Step, WithdrawAnswers

NEXT = "-next"
"""What the names of the newer release's workers end in."""


def next_step_counted(tally: Counter[str], view: View, now: int) -> Step:
    """Decide as the worker's release does, and count what was decided."""
    step = next_step_of_either(view, now)
    tally[f"step: {type(step).__name__}"] += 1
    return step


def next_step_of_either(view: View, now: int) -> Step:
    """Decide as the worker's release does.

    The newer one withdraws answers as soon as an order is ready, where the older does so in the end. Both are sound;
    each must be able to go on from what the other has saved.
    """
    step = next_step(view, now)
    if not view.work.claimed_by.endswith(NEXT):
        return step
    attempt = view.work.attempt
    if isinstance(step, Finalize) and attempt and attempt.publications:
        return WithdrawAnswers()
    if isinstance(step, PlaceOrder) and now - view.work.checked_at > 20_000:
        return CheckRecords()

    return step
