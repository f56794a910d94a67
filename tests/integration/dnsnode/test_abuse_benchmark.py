"""The benchmark of abuse runs, too short to mean anything."""

import subprocess
import sys

import pytest

from tests.support.node_process import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="it pins processes to cores, and reads /proc"),
]


def test_the_benchmark_measures_each_attack_asked_for() -> None:
    """One short round of one attack: one row of the table, with times."""
    small = ("--rounds", "1", "--seconds", "1", "--only", "HTTP", "--only", "UDP")
    done = subprocess.run(
        [sys.executable, "-m", "bench.abuse", *small],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
        start_new_session=True,  # it takes precedence within and over its session
    )
    (row,) = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| HTTP")]
    p50, p99 = map(float, row[3].split(" / "))
    assert 0 < p50 <= p99
