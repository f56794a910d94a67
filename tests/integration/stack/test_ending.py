"""A program that waits to be told to end hears it, whenever it is told and whichever thread the kernel picks."""

import subprocess
import sys

import pytest

from local.template import ROOT

TAKEN_BY_ANOTHER_THREAD = """
import signal, threading, time
from local.ending import Ending
ending = Ending(signal.SIGTERM)
other = threading.Thread(target=time.sleep, args=(3600,), daemon=True)
other.start()
threading.Timer(0.5, signal.pthread_kill, (other.ident, signal.SIGTERM)).start()
ending.wait()
print("ended")
"""
TAKEN_BEFORE = """
import os, signal
from local.ending import Ending
ending = Ending(signal.SIGTERM)
for _ in range(100_000):
    os.kill(os.getpid(), signal.SIGTERM)
ending.wait()
print("ended")
"""


@pytest.mark.parametrize("program", [TAKEN_BY_ANOTHER_THREAD, TAKEN_BEFORE])
def test_a_program_that_is_told_to_end_ends(program: str) -> None:
    """Where another thread takes the signal, the main thread wakes; where signals come before it waits, any number."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ended\n", "")
