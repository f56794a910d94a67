"""Count failed validations: a CA lets a name fail so often only."""

from collections import Counter

from certwright.domain.budget import Budget, confirm, count
from certwright.domain.identifier import identifier
from certwright.domain.limits import Kind
from certwright.domain.order import Status
from certwright.domain.reservation import draw_from
from certwright.flows.attempts import open_attempt
from certwright.flows.budgets import Changed, Stored, ca_of, change_budgets
from certwright.flows.job import Job
from certwright.flows.world import Workshop


def count_failures(workshop: Workshop, job: Job) -> None:
    """Count a failure of each name of an order that came to nothing, but for those seen valid or counted before.

    A wildcard and its name are validated each by itself: they may fail twice, for the same identifier. Where the CA was
    told to look and its verdict is not known, it is taken for a failure. A crash may count twice.
    """
    if job.connection is None or not _may_have_failed(job):
        return
    ca = ca_of(workshop, job)
    if ca.limits.failures is None:
        return
    seen = job.order.authorizations if job.order else ()
    valid = {item.name for item in seen if item.status is Status.VALID}
    failed = Counter(identifier(name) for name in job.desired.names if name not in valid)
    draws = {draw_from(ca, Kind.FAILURES, name, job.desired.account): times for name, times in failed.items()}
    before = {place.budget: place.counted_before for place in job.work.places}

    def change(stored: Stored, now: int) -> Changed[None]:
        counted = {}
        for draw, times in draws.items():
            expected, budget = min(times, before.get(draw.key, 0)), stored.get(draw.key, Budget(draw.subject))
            counted[draw.key] = count(confirm(budget, draw.limit, now, expected), draw.limit, now, times - expected)
        return Changed(None, counted)

    change_budgets(workshop, tuple(draw.key for draw in draws), change)


def _may_have_failed(job: Job) -> bool:
    if job.order and job.order.status is not Status.PENDING:
        return job.order.status is Status.INVALID
    return bool(open_attempt(job).answered)
