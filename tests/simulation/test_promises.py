"""Every promise is kept in every seed of the gate; `make simulate` tries many more."""

from collections import Counter

import pytest

from tests.simulation.happenings import Tally, missing
from tests.simulation.run import run
from tests.simulation.scenario import draw
from tests.simulation.shrink import shrink

SEEDS = 160
CHUNK = 10
SHOWN_BY = (9, 18, 26, 29, 31, 45, 46, 50, 60, 68, 154, 171)
"""Seeds that between them have shown everything."""


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


def test_all_that_may_go_wrong_goes_wrong_within_the_gate() -> None:
    """Each fault, spell, status and step happens: nobody watches an empty town. A few seeds show it, else all do."""
    tally: Tally = Counter()
    for seed in dict.fromkeys((*SHOWN_BY, *range(SEEDS))):
        tally.update(run(draw(seed)).tally)
        if not missing(tally):
            return
    pytest.fail(f"never happened: {', '.join(missing(tally))}")
