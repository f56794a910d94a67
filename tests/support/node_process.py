"""Starts the real DNS node as a process, waits until it is ready, and ends it."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.process_table import children, command_line

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0
STOP_SECONDS = 30.0

type Server = tuple[str, int]


class NodeProcess:
    """One `python -m dnsnode`, listening on free loopback ports; use it with `with`.

    It is ready on entry unless `wait` is False; then `wait_ready` waits. Its standard error is kept in `log`.
    """

    def __init__(
        self,
        log: Path,
        *options: str,
        records: Path | None = None,
        environment: Mapping[str, str] | None = None,
        processes: int = 1,
        wait: bool = True,
        address: str = "127.0.0.1",
    ) -> None:
        listen = ["--listen", f"{address}:0", "--http", f"{address}:0", "--health", f"{address}:0"]
        source = ["--records", str(records)] if records else []
        self._command = [*node_command(), *source, *listen, "--processes", str(processes), *options]
        self._environment = dict(environment or {})
        self._wait = wait
        self.log = log
        self.dns: Server = ("", 0)
        self.http: Server = ("", 0)
        self.health: Server = ("", 0)

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=log, env=node_environment(self._environment)
            )
        if self._wait:
            try:
                self.wait_ready()
            except BaseException:
                self.end()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait for the ready line and take the addresses from it; raises `AssertionError` with the log."""
        line = self._read_line(time.monotonic() + seconds)
        words = line.split()
        assert words[:1] == ["ready"], f"node not ready: {line!r}; its log: {self.log.read_text()}"
        addresses = dict(word.split("=") for word in words[1:])
        self.dns, self.http, self.health = (_split(addresses[name]) for name in ("dns", "http", "health"))

    def is_ready_within(self, seconds: float) -> bool:
        """Tell whether anything is announced within a time."""
        with selectors.DefaultSelector() as selector:
            assert self.process.stdout
            selector.register(self.process.stdout, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    def reload(self) -> None:
        """Send SIGHUP."""
        self.process.send_signal(signal.SIGHUP)

    def workers(self) -> list[int]:
        """List the ids of the worker processes."""
        return [pid for pid in children(self.process.pid) if "spawn_main" in command_line(pid)]

    def end(self) -> int:
        """Ask it to stop, kill it when it does not; returns the exit status."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if self.process.stdout:
            self.process.stdout.close()
        return self.process.wait()

    def kill(self) -> None:
        """Crash it: SIGKILL to the parent, whose workers then end by themselves."""
        self.process.kill()
        self.process.wait()

    def _read_line(self, deadline: float) -> str:
        if not self.is_ready_within(deadline - time.monotonic()):
            raise AssertionError(f"node not ready in time; its log: {self.log.read_text()}")
        assert self.process.stdout
        return self.process.stdout.readline().decode()


def node_command() -> Sequence[str]:
    """Give the command that starts the node, with warnings as errors."""
    return (sys.executable, "-W", "error", "-m", "dnsnode")


def node_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Give the environment in which the node's and the layer's packages are found."""
    path = os.pathsep.join(map(str, (ROOT / "dnsnode", ROOT / "layers" / "certwright")))
    return {"PATH": os.environ["PATH"], "PYTHONPATH": path, **extra}


def write_records(path: Path, document: object) -> Path:
    """Write a records file."""
    path.write_text(json.dumps(document))
    return path


def _split(address: str) -> Server:
    host, _, port = address.rpartition(":")
    return host, int(port)
