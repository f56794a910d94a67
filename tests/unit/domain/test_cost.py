"""The model of costs: what grows with certificates, what does not, and how ACM counts."""

import pytest

from certwright.domain.cost import (
    DEPLOYMENT,
    ISSUANCE,
    KEPT,
    LOOK,
    NODE,
    PRICES,
    Names,
    Unit,
    Usage,
    acm_month,
    acm_until_now,
    bill,
    count_names,
    month,
    renewals_a_month,
)
from certwright.domain.renewal import DAY


def test_everything_that_is_counted_has_a_price_and_every_price_is_used() -> None:
    """No unit is counted for nothing."""
    counted = {unit for table in (DEPLOYMENT, NODE, ISSUANCE, LOOK, KEPT) for unit in table}
    assert counted == set(PRICES) == set(Unit)


def test_the_bill_has_every_unit_in_exactly_one_line() -> None:
    """The lines together are the sum of all that was counted."""
    usage = Usage(certificates=1000, issuances=500, nodes=3)
    tables = ((DEPLOYMENT, 1.0), (NODE, 3), (ISSUANCE, 500), (KEPT, 1000), (LOOK, 1000 * 2 * 365 / 12))
    whole = sum(PRICES[unit] * number * times for table, times in tables for unit, number in table.items())
    assert month(usage) == pytest.approx(whole)
    assert month(usage) == pytest.approx(sum(line.dollars for line in bill(usage)))


@pytest.mark.parametrize(
    ("certificates", "least", "most"), [(0, 50, 65), (10, 50, 65), (1_000, 50, 65), (100_000, 100, 250)]
)
def test_a_deployment_costs_about_the_same_until_it_has_very_many(certificates: int, least: int, most: int) -> None:
    """What runs all month is most of it."""
    assert least < month(Usage(certificates, renewals_a_month(certificates))) < most


def test_a_certificate_of_90_days_is_renewed_every_second_month() -> None:
    """At two thirds of its lifetime."""
    assert renewals_a_month(60) == pytest.approx(365 / 12)
    assert renewals_a_month(60, lifetime_days=45) == pytest.approx(2 * 365 / 12)


@pytest.mark.parametrize(
    ("names", "total", "counted"),
    [
        (["www.example.com"], 1, Names(1, 0)),
        (["*.example.com", "example.com"], 2, Names(1, 1)),
        (["*.a.test", "*.b.test", "a.test"], 40, Names(38, 2)),
    ],
)
def test_names_are_counted_by_what_acm_charges_for(names: list[str], total: int, counted: Names) -> None:
    """A wildcard is dearer; names that a summary leaves out count as plain."""
    assert count_names(names, total) == counted


@pytest.mark.parametrize(("days", "times"), [(0, 1), (152, 1), (153, 2), (400, 3)])
def test_acm_charges_at_issuance_and_at_each_renewal(days: int, times: int) -> None:
    """Every 153 days, and not below once for a clock that runs behind."""
    names = Names(plain=1, wildcards=1)
    assert acm_until_now(names, 1_000, 1_000 + days * DAY) == 86 * times
    assert acm_until_now(names, 1_000, 0) == 86
    assert acm_month(names) == pytest.approx(86 * 365 / 12 / 153)
