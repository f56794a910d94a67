"""Tell what is left of a CA's limits, and who waits for them."""

from dataclasses import dataclass

from certwright.domain.budget import Asker, Budget, Place, ask, room
from certwright.domain.limited_ca import LimitedCa
from certwright.domain.limits import Kind, Limit
from certwright.domain.reservation import Draw, account_of, draw_from, kind_of
from certwright.domain.waiting_line import Line
from certwright.flows.budgets import limits_at
from certwright.flows.ca_accounts import choose_ca
from certwright.flows.world import Desk

MOST_LISTED = 1000
_NEWCOMER = Asker("")


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many places an owner has yet to get, of those it was given turns for."""

    owner: str
    renewals: int
    requests: int


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """How one budget stands: places that are free now, and when who comes now for the first time gets one."""

    kind: Kind
    subject: str
    limit: Limit | None
    room: int
    next_at: int
    waiting: tuple[Waiting, ...]
    closed_until: int
    said: str


@dataclass(frozen=True, slots=True)
class BudgetsReport:
    """How all budgets stand that are not full and that an order of an account draws from, and that of its orders."""

    account: str
    ca: LimitedCa
    budgets: tuple[BudgetReport, ...]


def list_budgets(desk: Desk, account: str = "") -> BudgetsReport:
    """Read the budgets of an account's CA as they stand now, at most a thousand; empty is the deployment's own account.

    Raises `InvalidRequest` where there is no such account.
    """
    definition = choose_ca(desk, account)
    ca, now = limits_at(desk.settings, definition.entry.directory, definition.limits), desk.clock.now()
    listed = desk.registry.budgets.list_all(ca.id, MOST_LISTED)
    found = {item.key: item.budget for item in listed if not _is_of_another(item.key, definition.name)}
    orders = draw_from(ca, Kind.ORDERS, definition.name)
    if ca.limits.orders:
        found.setdefault(orders.key, Budget(orders.subject))
    reports = (_report(_draw(ca, key, budget), budget, now) for key, budget in sorted(found.items()))
    return BudgetsReport(definition.name, ca, tuple(reports))


def _is_of_another(key: str, account: str) -> bool:
    """Tell whether a budget is of one account alone, and that is not this one."""
    return account_of(key) not in ("", account)


def _draw(ca: LimitedCa, key: str, budget: Budget) -> Draw:
    kind = kind_of(key)
    return Draw(key, kind, draw_from(ca, kind, "").limit, budget.subject, "")


def _report(draw: Draw, budget: Budget, now: int) -> BudgetReport:
    _, place = ask(budget, draw.limit, _NEWCOMER, Place(draw.key, draw.kind, ""), now)
    is_closed = now < budget.closed_until
    return BudgetReport(
        kind=draw.kind,
        subject=draw.subject,
        limit=None if draw.kind is Kind.CA else draw.limit,
        room=room(budget, draw.kind, draw.limit, now),
        next_at=place.at,
        waiting=_waiting(budget, draw.limit, now),
        closed_until=budget.closed_until if is_closed else 0,
        said=budget.said if is_closed else "",
    )


def _waiting(budget: Budget, limit: Limit, now: int) -> tuple[Waiting, ...]:
    renewals, requests = (_places(line.advance(now), limit) for line in (budget.renewals, budget.requests))
    owners = sorted({*renewals, *requests})
    return tuple(Waiting(owner, renewals.get(owner, 0), requests.get(owner, 0)) for owner in owners)


def _places(line: Line, limit: Limit) -> dict[str, int]:
    return {queue.owner: -((line.served - queue.until) // limit.interval) for queue in line.queues}
