"""Reckon what a deployment costs, from what it holds, beside what ACM would ask for the same names."""

from collections.abc import Iterable
from dataclasses import dataclass

from certwright.domain.cost import (
    DAYS,
    LEAST_NODES,
    Line,
    Names,
    Usage,
    acm_month,
    acm_until_now,
    bill,
    count_names,
    month,
    renewals_a_month,
)
from certwright.domain.renewal import DAY
from certwright.domain.shown import Summary


@dataclass(frozen=True, slots=True)
class CostReport:
    """US dollars: `lines` and `month` at today's size, `so_far` since the deployment began, and ACM's for both.

    `names` are those of certificates that were issued; `began` in epoch milliseconds.
    """

    usage: Usage
    names: Names
    lines: tuple[Line, ...]
    month: float
    so_far: float
    acm_month: float
    acm_so_far: float
    began: int


def reckon_costs(items: Iterable[Summary], nodes: int, began: int, now: int) -> CostReport:
    """Reckon; `nodes` are alive, and each issued certificate counts with its lifetime, from the day of its request."""
    issued = [item for item in items if item.issued_at]
    counted = [(count_names(item.names, item.names_total), item) for item in issued]
    renewals = sum(renewals_a_month(1, max(1.0, (item.expires_at - item.issued_at) / DAY)) for item in issued)
    usage = Usage(len(issued), renewals, max(nodes, LEAST_NODES))
    names = Names(sum(each.plain for each, _ in counted), sum(each.wildcards for each, _ in counted))
    a_month = month(usage)
    return CostReport(
        usage=usage,
        names=names,
        lines=bill(usage),
        month=a_month,
        so_far=a_month * (now - began) / (DAYS * DAY),
        acm_month=acm_month(names),
        acm_so_far=sum(acm_until_now(each, item.created_at, now) for each, item in counted),
        began=began,
    )
