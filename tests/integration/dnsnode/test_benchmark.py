"""The benchmark of the node runs, with numbers too small to mean anything."""

import subprocess
import sys

import pytest

from bench.dns.peers import PEERS, ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="it pins processes to cores, and reads /proc"),
]

SMALL = ("--rounds", "1", "--seconds", "0.3", "--names", "20", "--queries", "2000")


def rows(output: str) -> dict[str, list[str]]:
    """Read the rows of all tables, by their first cell."""
    lines = [line.strip("| ").split(" | ") for line in output.splitlines() if line.startswith("|")]
    return {first: rest for first, *rest in lines}


def test_every_server_that_is_installed_is_measured_and_the_others_are_named() -> None:
    """A table with queries a second for each; NSD is what others are compared with."""
    command = [sys.executable, "-m", "bench.dns", "--parts", "servers", *SMALL]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    found = rows(done.stdout)
    assert float(found["node, this Python"][0].replace(",", "")) > 0
    for peer in PEERS:
        if peer.find():
            assert any(name.startswith(peer.name) for name in found)
        else:
            assert f"{peer.name}: SKIPPED" in done.stderr
