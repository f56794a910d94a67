"""What a deployment costs is reckoned from what it holds."""

import pytest

from certwright.domain.cost import LEAST_NODES, Usage, month
from certwright.domain.renewal import DAY
from certwright.flows.reckon_costs import reckon_costs


@pytest.mark.parametrize(("alive", "paid"), [(0, LEAST_NODES), (1, LEAST_NODES), (2, 2), (5, 5)])
def test_a_deployment_pays_for_the_nodes_that_it_has_to_have(alive: int, paid: int) -> None:
    """One that is away for a while comes back, and the one of `make local` stands for a deployment's."""
    report = reckon_costs((), alive, began=0, now=DAY)
    assert (report.usage.nodes, report.month) == (paid, month(Usage(0, 0, paid)))
