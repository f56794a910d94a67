"""What operators get of budgets, as plain values for JSON."""

from certwright.domain.instants import instant
from certwright.domain.limits import Kind, Limit
from certwright.domain.renewal import SECOND
from certwright.flows.list_budgets import BudgetReport, BudgetsReport
from certwright.web.replies import Json


def show(report: BudgetsReport) -> Json:
    """Show the CA's limits, and how each budget stands."""
    limits = {kind.value: report.ca.limits.of(kind) for kind in Kind if kind is not Kind.CA}
    return {
        "ca": report.ca.title,
        "account": report.account,
        "limits": {name: _limit(limit) for name, limit in limits.items() if limit},
        "renewals_spared": report.ca.limits.spares_renewals,
        "items": [_budget(budget) for budget in report.budgets],
    }


def _limit(limit: Limit) -> Json:
    return {"at_once": limit.burst, "one_more_every_seconds": limit.interval / SECOND}


def _budget(budget: BudgetReport) -> Json:
    return {
        "limit": budget.kind.value,
        "subject": budget.subject,
        "room": budget.room,
        "next_at": instant(budget.next_at),
        "waiting": [
            {"owner": item.owner, "renewals": item.renewals, "requests": item.requests} for item in budget.waiting
        ],
        "closed_until": instant(budget.closed_until),
        "said": budget.said or None,
    }
