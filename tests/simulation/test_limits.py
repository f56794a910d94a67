"""A crowd meets the CA's limits: each is told to come back, and gets its certificate in the end."""

from tests.simulation.run import run
from tests.simulation.scenario import Scenario, Wish

CROWD = Scenario(
    seed=1,
    days=2,
    wishes=tuple(
        Wish(number, "own_a", (f"d{number}.test", f"*.d{number}.test"), "", "", asked_at=0, records_at=0)
        for number in range(20)
    ),
    is_tight=True,
)
"""20 certificates at once, where the CA takes 8 orders and one more each 10 minutes."""


def test_a_crowd_at_a_limit_gets_everything_as_the_limit_allows() -> None:
    """Retry-After is obeyed, nothing is lost, and no order is wasted."""
    result = run(CROWD)
    assert result.violation is None
    assert (result.issued, result.orders) == (20, 20)


def test_refusals_by_limits_are_found_where_asked_for() -> None:
    """Without reservations the CA itself is what says no."""
    violation = run(CROWD, minds_limits=True).violation
    assert violation
    assert violation.promise == "limits"
