"""Budgets, the same in memory and in DynamoDB."""

import pytest

from certwright.adapters.dynamodb_budgets import DynamoBudgets
from certwright.adapters.dynamodb_table import Table
from certwright.domain.budget import Budget
from certwright.domain.errors import StaleRevision
from certwright.domain.waiting_line import Line, Queue
from certwright.ports import Budgets, StoredBudget
from tests.contract.at_once import at_once
from tests.fakes.budgets import FakeBudgets
from tests.support.stack import ENGINES, stack_on

NOW = 1_800_000_000_000
WAITED_FOR = Budget(
    "main", NOW, Line(5, NOW, (Queue("own_a", 9), Queue("own_b", 12))), closed_until=NOW, said="“Wait.”"
)
ORDERS, DOMAIN = (
    StoredBudget("ca#orders#main", WAITED_FOR),
    StoredBudget("ca#domain#example.test", Budget("example.test")),
)


@pytest.fixture(params=["fake", *ENGINES])
def budgets(request: pytest.FixtureRequest) -> Budgets:
    if request.param == "fake":
        return FakeBudgets()
    stack = stack_on(request, request.param)
    return DynamoBudgets(Table(stack.client("dynamodb"), stack.name("RegistryTable")))


def test_a_budget_comes_back_as_it_was_stored(budgets: Budgets) -> None:
    """With all who wait; what is not there is left out."""
    budgets.write([ORDERS, DOMAIN])
    found = {stored.key: stored.budget for stored in budgets.read(["ca#set#0", ORDERS.key, DOMAIN.key])}
    assert found == {ORDERS.key: ORDERS.budget, DOMAIN.key: DOMAIN.budget}


def test_a_budget_is_written_under_the_revision_it_was_read_at(budgets: Budgets) -> None:
    """Of two who read the same one reserves, the other reads again."""
    budgets.write([ORDERS])
    with pytest.raises(StaleRevision):
        budgets.write([ORDERS])
    (read,) = budgets.read([ORDERS.key])
    budgets.write([read])
    with pytest.raises(StaleRevision):
        budgets.write([read])


def test_several_are_written_together_or_not_at_all(budgets: Budgets) -> None:
    """A certificate never has half of what its order needs."""
    budgets.write([ORDERS])
    with pytest.raises(StaleRevision):
        budgets.write([DOMAIN, ORDERS])
    assert [stored.key for stored in budgets.read([ORDERS.key, DOMAIN.key])] == [ORDERS.key]


def test_more_than_a_hundred_are_read(budgets: Budgets) -> None:
    """A certificate of a hundred names asks for the failures of each."""
    keys = [f"ca#failures#{number:03}" for number in range(120)]
    for first in (0, 60):
        budgets.write([StoredBudget(key, Budget(key)) for key in keys[first : first + 60]])
    assert sorted(stored.key for stored in budgets.read(keys)) == keys


def test_the_budgets_of_one_ca_are_listed(budgets: Budgets) -> None:
    """In the order of their keys, as many as were asked for."""
    budgets.write([ORDERS, DOMAIN, StoredBudget("other#orders#main", Budget())])
    assert [stored.key for stored in budgets.list_all("ca", 10)] == [DOMAIN.key, ORDERS.key]
    assert [stored.key for stored in budgets.list_all("ca", 1)] == [DOMAIN.key]


def test_of_many_at_once_each_write_counts(budgets: Budgets) -> None:
    """None is lost: whoever comes too late is told so."""
    budgets.write([ORDERS])

    def reserve() -> None:
        while True:
            (read,) = budgets.read([ORDERS.key])
            try:
                return budgets.write([StoredBudget(read.key, Budget(tat=read.budget.tat + 1), read.revision)])
            except StaleRevision:
                continue

    at_once(*[reserve] * 6)
    assert budgets.read([ORDERS.key])[0].budget.tat == NOW + 6
