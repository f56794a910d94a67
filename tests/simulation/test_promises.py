"""Every promise is kept in every seed of the gate; `make simulate` tries many more."""

import pytest

from tests.simulation.run import run
from tests.simulation.scenario import draw
from tests.simulation.shrink import shrink

SEEDS = 160
CHUNK = 10


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_seed_breaks_a_promise(first: int) -> None:
    """Nothing lapses, stops in silence, goes back, is doubled, left behind or given to the wrong owner."""
    for seed in range(first, first + CHUNK):
        result = run(draw(seed))
        if result.violation:
            small = run(shrink(result).scenario, is_traced=True)
            story = "\n".join(small.trace[-80:])
            pytest.fail(f"seed {seed}: {result.violation}; what is left of it when shrunk:\n{story}", pytrace=False)


def test_what_the_seeds_bring_about_is_worth_watching() -> None:
    """Faults happen, orders fail, certificates are issued and renewed: nobody watches an empty town."""
    results = [run(draw(seed)) for seed in range(CHUNK)]
    assert sum(len(result.faults) for result in results) > 50
    assert sum(result.failed_validations for result in results) > 5
    assert sum(result.issued for result in results) > sum(len(result.scenario.wishes) for result in results)
