"""A crowd meets the CA's limits: each is told when its turn comes, and the CA has nothing to refuse."""

from tests.simulation.broken_rules import broken
from tests.simulation.run import run
from tests.simulation.scenario import Scenario, Wish

CROWD = Scenario(
    seed=1,
    days=2,
    wishes=tuple(
        Wish(number, "own_a", (f"d{number}.test", f"*.d{number}.test"), "", "", asked_at=0, records_at=0)
        for number in range(60)
    ),
    is_tight=True,
)
"""60 certificates at once, where the CA takes 2 orders and one more each 10 minutes."""


def test_a_crowd_at_a_limit_gets_everything_and_is_never_refused() -> None:
    """Nothing is lost, no order is wasted, and each looks at its turn about once: there is no herd."""
    result = run(CROWD, is_traced=True)
    assert result.violation is None
    assert (result.issued, result.orders, result.refused_by_limits) == (60, 60, ())
    assert sum("waiting-for-budget" in line for line in result.trace) <= 2 * 60


def test_without_reservations_the_ca_itself_says_no() -> None:
    """The promise can be broken."""
    with broken("nothing is reserved"):
        violation = run(CROWD).violation
    assert violation
    assert violation.promise == "limits"
