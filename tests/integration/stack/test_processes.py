"""Children are watched until ready, reported when they die, and never left behind."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.processes import ChildError, Processes
from local.template import ROOT
from tests.support.first_write import first_write
from tests.support.process_table import await_end, is_running

ENVIRONMENT = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}


def _python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_a_ready_line_is_read(tmp_path: Path) -> None:
    """Lines before it, and half a line of another that writes to the same output, do no harm."""
    with Processes(tmp_path) as processes:
        text = "import time; print('hello'); print('Traceback', end=''); "
        text += "from local.ready import announce; announce(url='http://a:1', x='y=z'); time.sleep(60)"
        child = processes.start("child", _python(text), ENVIRONMENT)
        assert child.wait_for_ready_line() == {"url": "http://a:1", "x": "y=z"}
        processes.check()


def test_a_child_that_dies_is_reported_with_its_last_words(tmp_path: Path) -> None:
    """The error names the child and quotes its log."""
    with Processes(tmp_path) as processes:
        child = processes.start("poor", _python("raise SystemExit('no such port')"), ENVIRONMENT)
        with pytest.raises(ChildError, match=r"(?s)poor ended before it was ready.*no such port"):
            child.wait_for_ready_line()
        with pytest.raises(ChildError, match="poor ended unexpectedly"):
            processes.check()


def test_a_child_that_never_gets_ready_is_reported(tmp_path: Path) -> None:
    """Waiting has an end."""
    with Processes(tmp_path) as processes:
        child = processes.start("slow", _python("import time; time.sleep(60)"), ENVIRONMENT)
        with pytest.raises(ChildError, match="slow was not ready after"):
            child.wait_until(lambda: False, timeout_seconds=0.1)


def test_children_stop_in_reverse_order(tmp_path: Path) -> None:
    """The last one started, which may need the others, goes first."""
    order = tmp_path / "order"
    text = (
        "import signal, sys, time\n"
        "def stop(*_):\n    open(sys.argv[1], 'a').write(sys.argv[2]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop); print('ready x=y', flush=True); time.sleep(60)"
    )
    with Processes(tmp_path) as processes:
        for name in "abc":
            processes.start(name, [*_python(text), str(order), name], ENVIRONMENT).wait_for_ready_line()
    assert order.read_text() == "cba"


def test_what_a_child_started_goes_with_it(tmp_path: Path) -> None:
    """A grandchild in the child's group is ended too."""
    text = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(f'ready pid={p.pid}', flush=True); time.sleep(60)"
    )
    with Processes(tmp_path) as processes:
        grandchild = int(processes.start("child", _python(text), ENVIRONMENT).wait_for_ready_line()["pid"])
        assert is_running(grandchild)
    await_end([grandchild])


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_child_outlives_a_parent_that_is_killed(tmp_path: Path, number: int) -> None:
    """Even where the parent could not clean up, its children end."""
    text = (
        "import pathlib, sys, time\nfrom local.processes import Processes\n"
        f"processes = Processes(pathlib.Path({str(tmp_path)!r}))\n"
        "child = processes.start('child', [sys.executable, '-c', 'import time; time.sleep(60)'], {})\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        _python(text), env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert is_running(child)
    parent.send_signal(number)
    parent.wait()
    parent.stdout.close()
    await_end([child])


def test_the_stand_in_for_aws_tells_its_readiness_in_one_write() -> None:
    """Unbuffered output too: what others write to it meanwhile can't come between the line and its end."""
    environment = ENVIRONMENT | {"PYTHONUNBUFFERED": "1"}
    with first_write([sys.executable, "-m", "local.aws"], environment) as said:
        assert re.fullmatch(rb"ready url=http://127\.0\.0\.1:\d+\n", said)
