"""The simulation can fail: a rule broken on purpose breaks a promise within the seeds of the gate."""

import pytest

from tests.simulation.broken_rules import BROKEN, broken
from tests.simulation.run import run
from tests.simulation.scenario import draw
from tests.simulation.test_promises import SEEDS


@pytest.mark.slow
@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_breaks_its_promise(rule: str) -> None:
    """One seed is enough; the seed that has shown it before is tried first."""
    with broken(rule):
        for seed in (BROKEN[rule].shown_by, *range(SEEDS)):
            violation = run(draw(seed)).violation
            if violation and violation.promise in BROKEN[rule].promises:
                return
    pytest.fail(f"none of {SEEDS} seeds shows it")
