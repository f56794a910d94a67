"""A seed is all there is: it replays exactly, anywhere, and what fails shrinks to something readable."""

import os
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from tests.simulation.broken_rules import broken
from tests.simulation.run import run
from tests.simulation.scenario import draw
from tests.simulation.shrink import shrink

ROOT = Path(__file__).resolve().parents[2]
SEEDS = range(4)
PROGRAM = "from tests.simulation.test_replay import digest; print(digest())"


def digest() -> str:
    """Condense everything that happens in some seeds."""
    traces = ("\n".join(run(draw(seed), is_traced=True).trace) for seed in SEEDS)
    return sha256("\n".join(traces).encode()).hexdigest()


def test_a_seed_replays_to_the_millisecond() -> None:
    """Also where hashes differ, as they do from process to process."""
    path = os.pathsep.join(str(ROOT / folder) for folder in (".", "layers/certwright"))
    elsewhere = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    assert elsewhere == {digest()}


def test_a_failing_seed_shrinks_to_what_the_failure_needs() -> None:
    """One certificate, no weather, no fault, one day: and it still breaks the same promise."""
    with broken("answers are not withdrawn"):
        failed = run(draw(0))
        small = run(shrink(failed).scenario, is_traced=True)
    assert small.violation
    assert failed.violation
    assert small.violation.promise == failed.violation.promise
    assert (len(small.scenario.wishes), small.scenario.spells, small.faults) == (1, (), ())
    assert small.scenario.days == 1
    assert len(small.trace) < 100


def test_faults_that_are_left_out_change_nothing_else() -> None:
    """Chance is drawn for each certificate apart, and drawn alike whether a fault may happen or not."""
    scenario = draw(9)
    whole = run(scenario)
    same = run(replace(scenario, allowed_faults=frozenset(whole.faults)))
    assert (same.faults, same.messages, same.orders) == (whole.faults, whole.messages, whole.orders)
