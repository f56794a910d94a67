"""The tests themselves pass where they are started in the background."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROBE = """
import signal, subprocess, sys
def test_probe():
    text = "import signal; print(signal.getsignal(signal.SIG{0}) == signal.SIG_IGN)"
    command = [sys.executable, "-c", text]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\\n"
"""


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_programs_under_test_can_be_told_to_stop(name: str, tmp_path: Path) -> None:
    """A shell has its background jobs ignore SIGINT, and nohup SIGHUP: what tests start must not inherit that."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text())
    (tmp_path / "test_probe.py").write_text(PROBE.format(name))
    number = signal.Signals[f"SIG{name}"]
    ignoring = (
        f"import os, signal, sys; signal.signal({number.value}, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", ignoring, *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
