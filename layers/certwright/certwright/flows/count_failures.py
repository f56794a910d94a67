"""Count failed validations: a CA lets a name fail so often only."""

from collections import Counter

from certwright.domain.budget import Budget, count
from certwright.domain.identifier import identifier
from certwright.domain.limits import Kind
from certwright.domain.order import Status
from certwright.domain.reservation import draw_from
from certwright.flows.budgets import Changed, Stored, ca_of, change_budgets
from certwright.flows.job import Job
from certwright.flows.world import Workshop


def count_failures(workshop: Workshop, job: Job) -> None:
    """Count a failure of each name of an invalid order, but for those seen valid; a crash may count it twice.

    A wildcard and its name are validated each by itself: they may fail twice, for the same identifier.
    """
    order = job.order
    if order is None or order.status is not Status.INVALID:
        return
    ca = ca_of(workshop, job)
    if ca.limits.failures is None:
        return
    valid = {item.name for item in order.authorizations if item.status is Status.VALID}
    failed = Counter(identifier(name) for name in job.desired.names if name not in valid)
    draws = {draw_from(ca, Kind.FAILURES, name, job.desired.account): times for name, times in failed.items()}

    def change(stored: Stored, now: int) -> Changed[None]:
        found = {draw: stored.get(draw.key, Budget(draw.subject)) for draw in draws}
        counted = {draw.key: count(budget, draw.limit, now, draws[draw]) for draw, budget in found.items()}
        return Changed(None, counted)

    change_budgets(workshop, tuple(draw.key for draw in draws), change)
