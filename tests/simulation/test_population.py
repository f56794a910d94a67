"""Many certificates over a long time: work follows what is due, through a shorter lifetime and an outage."""

import pytest

from certwright.domain.renewal import DAY
from tests.simulation.figures import Plan
from tests.simulation.population import run_population


@pytest.mark.slow
def test_a_population_lives_through_a_shorter_lifetime_and_an_outage() -> None:
    """Nothing lapses or is refused, nobody renews in a herd, and the scheduler reads what is due, not what there is."""
    few, many = (run_population(Plan(size, days=160, renewal_info_every=DAY)) for size in (10, 40))
    for figures in (few, many):
        size = figures.plan.certificates
        assert figures.issued >= 3 * size
        assert figures.orders <= figures.issued + size
        assert (figures.refused_by_limits, figures.lapses) == (0, 0)
        assert figures.most_orders <= max(5, size // 8)
        assert figures.due_reads <= 1.5 * figures.messages
    assert few.messages * 3 < many.messages < few.messages * 5
