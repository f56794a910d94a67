"""Count failed validations: a CA lets a name fail so often only."""

from certwright.domain.budget import Budget, count
from certwright.domain.limits import Kind
from certwright.domain.order import Status
from certwright.domain.reservation import draw_from, identifiers
from certwright.flows.budgets import Changed, Stored, ca_of, change_budgets
from certwright.flows.job import Job
from certwright.flows.world import Workshop


def count_failures(workshop: Workshop, job: Job) -> None:
    """Count a failure of each name of an invalid order, but for those seen valid; a crash may count it twice."""
    order = job.order
    if order is None or order.status is not Status.INVALID:
        return
    ca = ca_of(workshop, job)
    if ca.limits.failures is None:
        return
    valid = {item.identifier for item in order.authorizations if item.status is Status.VALID}
    failed = [name for name in identifiers(job.desired) if name not in valid]
    draws = [draw_from(ca, Kind.FAILURES, name, job.desired.account) for name in failed]

    def change(stored: Stored, now: int) -> Changed[None]:
        found = {draw: stored.get(draw.key, Budget(draw.subject)) for draw in draws}
        return Changed(None, {draw.key: count(budget, draw.limit, now) for draw, budget in found.items()})

    change_budgets(workshop, tuple(draw.key for draw in draws), change)
