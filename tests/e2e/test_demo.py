"""The demo as its user runs it: a program that ends by itself, or says where it failed."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.process_table import command_line, descendants

ROOT = Path(__file__).resolve().parents[2]
DEMO_SECONDS = 280
# The parts of the system, as their command lines name them.
PARTS = ("local.aws", "local.runner", "local.provider", "dnsnode", "pebble")


@pytest.mark.slow
def test_the_demo_plays_the_whole_story_and_leaves_nothing_running() -> None:
    """From the request to the renewal: exit 0, a table of the stages, and no process that outlives it."""
    with running_demo() as demo:
        output, errors = demo.communicate(timeout=DEMO_SECONDS)
    assert (demo.returncode, errors) == (0, "")
    for stage in ("request example.test and *.example.test", "add the CNAME record", "renew, because the CA suggests"):
        assert re.search(rf"{re.escape(stage)}.* \d+ ms", output), f"no line for {stage!r} in: {output}"
    assert "Everything worked; nothing is left running." in output


@pytest.mark.slow
def test_a_part_that_dies_makes_the_demo_fail_and_say_where() -> None:
    """The provider is killed when the first record is to be added: exit 1; stage and part are named."""
    with running_demo() as demo:
        assert demo.stdout is not None
        read_until(demo.stdout, "add the A record")
        (provider,) = [pid for pid in descendants(demo.pid) if "local.provider" in command_line(pid)]
        os.kill(provider, signal.SIGKILL)
        output, errors = demo.communicate(timeout=DEMO_SECONDS)
    assert demo.returncode == 1
    stage = last_stage(output) or "add the A record"
    assert f"The demo failed at “{stage}”: provider ended unexpectedly" in errors, errors


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_demo_cleans_up_and_says_where_it_was(number: int) -> None:
    """One line instead of a traceback, and 130, whether by Ctrl-C, by `kill` or because its terminal is gone."""
    with running_demo() as demo:
        assert demo.stdout is not None
        read_until(demo.stdout, "request example.test and *.example.test")
        demo.send_signal(number)
        output, errors = demo.communicate(timeout=DEMO_SECONDS)
    assert demo.returncode == 130
    stage = last_stage(output) or "request example.test and *.example.test"
    assert errors == f"\n✗ Interrupted at “{stage}”; nothing is left running.\n"


@contextmanager
def running_demo() -> Iterator[subprocess.Popen[str]]:
    """Run the demo, and see that whatever it started has ended with it."""
    command = [sys.executable, "-W", "error", "-m", "local.demo"]
    seen: dict[int, str] = {}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        try:
            with watching(demo, seen):
                yield demo
        finally:
            demo.kill()
    assert all(any(part in line for line in seen.values()) for part in PARTS), f"not all parts were seen: {seen}"
    eventually(lambda: [line for pid, line in seen.items() if command_line(pid) == line], [])


@contextmanager
def watching(demo: subprocess.Popen[str], seen: dict[int, str]) -> Iterator[None]:
    """Note every descendant of the demo, by id and command line, while it runs."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            found = {pid: command_line(pid) for pid in descendants(demo.pid)}
            seen.update({pid: line for pid, line in found.items() if line})

    thread = threading.Thread(target=watch, name="watch")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def last_stage(output: str) -> str:
    """Find the last stage that was announced; empty where none was."""
    return next(iter(re.findall(r"^▸ (.*)$", output, re.MULTILINE)[-1:]), "")


def read_until(lines: Iterator[str], text: str) -> None:
    """Read on until a line has the text."""
    assert any(text in line for line in lines), f"the demo ended before {text!r}"
