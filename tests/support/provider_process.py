"""Start the stand-in DNS provider as a program of its own, on free loopback ports, and add records to it."""

import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


@dataclass(frozen=True)
class Provider:
    """A running stand-in; `address` is its authoritative server, on the same port as its resolver."""

    address: str
    resolver: str
    dns_port: int
    http: tuple[str, int]
    pid: int

    def add(self, type: str, name: str, value: str) -> None:
        """Add a record as its user would; AssertionError when it is refused."""
        status, body = self.request("POST", {"type": type, "name": name, "value": value})
        assert status == 201, body

    def delete(self, type: str, name: str, value: str) -> None:
        """Delete a record; AssertionError when there is none like it."""
        status, body = self.request("DELETE", {"type": type, "name": name, "value": value})
        assert status == 204, body

    def records(self) -> list[dict[str, str]]:
        """List the records that its user added."""
        status, body = self.request("GET", None)
        assert status == 200, body
        records: list[dict[str, str]] = json.loads(body)["records"]
        return records

    def request(self, method: str, fields: object) -> tuple[int, str]:
        """Send a JSON request to /records and tell the status and the body."""
        front = HTTPConnection(*self.http, timeout=20)
        try:
            body = "" if fields is None else json.dumps(fields)
            front.request(method, "/records", body, {"Content-Type": "application/json"})
            response = front.getresponse()
            return response.status, response.read().decode()
        finally:
            front.close()


def free_port(addresses: Sequence[str]) -> int:
    """Find a port that is free for UDP and TCP on all the addresses."""
    for _ in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((addresses[0], 0))
            port: int = probe.getsockname()[1]
        if all(_is_free(address, port) for address in addresses):
            return port
    raise AssertionError(f"no port is free on all of {', '.join(addresses)}")


def _is_free(address: str, port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


@contextmanager
def running_provider(
    *origins: str, address: str = "127.0.0.2", resolver: str = "127.0.0.53", dns_port: int = 0
) -> Iterator[Provider]:
    """Run `python -m local.provider` for the zones (default example.test) until the context ends."""
    port = dns_port or free_port([address, resolver])
    command = [sys.executable, "-m", "local.provider", "--listen", f"{address}:{port}"]
    command += ["--resolver", f"{resolver}:{port}", "--http", "127.0.0.1:0"]
    for origin in origins:
        command += ["--origin", origin]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        ready = _read_ready(process)
        host, _, http_port = ready["http"].rpartition(":")
        yield Provider(address, resolver, port, (host, int(http_port)), process.pid)
    finally:
        process.terminate()
        assert process.stdout is not None
        process.stdout.close()
        process.wait(timeout=30)


def _read_ready(process: subprocess.Popen[str]) -> dict[str, str]:
    """Wait for the line `ready dns=… resolver=… http=…`."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        deadline = time.monotonic() + START_SECONDS
        while not selector.select(timeout=max(0.0, deadline - time.monotonic())):
            assert time.monotonic() < deadline, "the stand-in provider did not start in time"
    word, *pairs = process.stdout.readline().split() or ["nothing"]
    assert word == "ready", "the stand-in provider ended without serving"
    return dict(pair.split("=", 1) for pair in pairs)
