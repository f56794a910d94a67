"""Child processes: started with a log each, watched until ready, stopped in reverse order, never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from local.errors import LocalError
from local.ready import find_announcement
from local.template import ROOT

LEASH = Path(__file__).with_name("leash.py")
START_SECONDS = 90.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.01
LAST_LINES = 15


class ChildError(LocalError):
    """A child process ended or did not get ready; the message has its last log lines."""


class Child:
    """One child process; its output is in `log`."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        leashed = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *command]
        with log.open("wb") as output:
            # A session of its own: Ctrl-C reaches the parent alone, which then stops the children in order.
            self._process = subprocess.Popen(
                leashed,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=ROOT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, which is the id of its process group too."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it is no more; it stays a zombie until `stop`, so that its id can't become another's."""
        if self._process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def send(self, text: str) -> None:
        """Write to its standard input, and close that."""
        assert self._process.stdin
        try:
            self._process.stdin.write(text.encode())
            self._process.stdin.close()
        except BrokenPipeError:
            raise self._error("ended before it was told what to do") from None

    def wait_until(self, is_ready: Callable[[], bool], timeout_seconds: float = START_SECONDS) -> None:
        """Wait until `is_ready`; raises `ChildError` when the child ends before, or at the timeout."""
        deadline = time.monotonic() + timeout_seconds
        while not is_ready():
            if self.has_ended:
                raise self._error("ended before it was ready")
            if time.monotonic() > deadline:
                raise self._error(f"was not ready after {timeout_seconds:g} s")
            time.sleep(POLL_SECONDS)

    def wait_for_ready_line(self) -> dict[str, str]:
        """Wait for a line `ready key=value …` in its output, and read it."""
        self.wait_until(lambda: self._announcement() is not None)
        announced = self._announcement()
        assert announced is not None
        return announced

    def check(self) -> None:
        """Raise `ChildError` if it has ended."""
        if self.has_ended:
            raise self._error("ended unexpectedly")

    def stop(self) -> None:
        """Ask it to end, then end what is left of its process group."""
        if self._process.returncode is not None:
            return
        if not self.has_ended:
            os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while not self.has_ended and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def _announcement(self) -> dict[str, str] | None:
        return find_announcement(self.log.read_text(errors="replace"))

    def _error(self, what: str) -> ChildError:
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        said = "\n".join(f"  | {line}" for line in lines) or "  | (no output)"
        return ChildError(f"{self.name} {what}. Its last output:\n{said}")


class Processes:
    """A set of child processes that ends with its context."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        while self._children:
            self._children.pop().stop()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start a child, its output in `<name>.log`; only from a thread that outlives it (see `local.leash`)."""
        child = Child(name, command, environment, self._folder / f"{name}.log")
        self._children.append(child)
        return child

    def check(self) -> None:
        """Raise `ChildError` if any child has ended."""
        for child in self._children:
            child.check()
