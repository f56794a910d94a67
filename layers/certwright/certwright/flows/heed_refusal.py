"""Take a CA at its word: what it closes to one request is closed to all until it said."""

from collections.abc import Callable
from contextlib import suppress

from certwright.domain.budget import Budget, Closure, close
from certwright.domain.errors import CaRefusal, Unavailable
from certwright.domain.limits import Kind, Named, named_limit, unpause_link
from certwright.domain.renewal import HOUR, SECOND
from certwright.domain.reservation import Draw, draws_named, registered_domains
from certwright.flows.budgets import Changed, Stored, ca_of, change_budgets
from certwright.flows.job import Job
from certwright.flows.world import Workshop

BELIEVED_FOR = HOUR
"""So long a CA that turns everybody away is believed by those whom it has not told; then one of them asks again."""

LONGEST_SAYING = 300


def heed_refusal(workshop: Workshop, job: Job, error: CaRefusal | Unavailable) -> None:
    """Close the budgets that a refusal is about; best effort, since whoever runs into it next closes them too."""
    named = _named(error)
    if named is None or job.connection is None:
        return
    ca, asked_for = ca_of(workshop, job), int(error.retry_after_seconds * SECOND)
    if ca.limits.of(named.kind) is None:
        named = Named(Kind.CA)
    if named.kind is Kind.CA:
        asked_for = min(asked_for, BELIEVED_FOR)
    draws = draws_named(ca, named, job.desired, registered_domains(job.desired, workshop.suffixes.registrable))
    with suppress(Unavailable):
        keys = tuple(draw.key for draw in draws)
        change_budgets(workshop, keys, _closing(draws, asked_for, error.sentence[:LONGEST_SAYING]))


def _named(error: CaRefusal | Unavailable) -> Named | None:
    """Tell what a refusal is about: one limit, the account's orders where it names none, or all requests.

    Of all that can be silent only a CA says for how long.
    """
    if isinstance(error, Unavailable):
        return Named(Kind.CA) if error.retry_after_seconds else None
    if error.status == 503:
        return Named(Kind.CA)
    if (error.type != "rateLimited" and error.status != 429) or unpause_link(error.sentence):
        return None
    return named_limit(error.sentence) or Named(Kind.ORDERS)


def _closing(draws: tuple[Draw, ...], asked_for: int, said: str) -> Callable[[Stored, int], Changed[None]]:
    def change(stored: Stored, now: int) -> Changed[None]:
        before = {draw: stored.get(draw.key, Budget(draw.subject)) for draw in draws}
        closed = {
            draw: close(budget, draw.kind, draw.limit, Closure(now, now + (asked_for or draw.limit.interval), said))
            for draw, budget in before.items()
        }
        return Changed(None, {draw.key: budget for draw, budget in closed.items() if budget != before[draw]})

    return change
