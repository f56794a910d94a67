"""Running servers: each pinned to its cores, asked until it answers, and ended."""

import os
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.dns.load import Server
from bench.dns.machine import on_cores, take_precedence
from bench.dns.mix import make_queries
from local.processes import Processes

START_SECONDS: Final = 300.0
"""A million answers take a while."""
_TRY_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers; `session` is the session of all its processes."""

    server: Server
    session: int


def pick_server() -> Server:
    """Find a port of the loopback that is free for UDP and TCP."""
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        port: int = taken.getsockname()[1]
        sock.bind(("127.0.0.1", port))
    return "127.0.0.1", port


@contextmanager
def running(
    command: Sequence[str],
    server: Server,
    cores: Sequence[int],
    priority: int,
    environment: Mapping[str, str] = os.environ,
) -> Iterator[Running]:
    """Run a server until the end of the block; raises `ChildError` with its last words if it does not answer."""
    with tempfile.TemporaryDirectory() as logs, Processes(Path(logs)) as processes:
        child = processes.start("server", on_cores(command, cores), environment)
        take_precedence(child.pid, priority)
        child.wait_until(lambda: _answers(server), START_SECONDS)
        yield Running(server, child.pid)


def _answers(server: Server) -> bool:
    query = make_queries([""], 1)[0]  # TXT of the apex
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(_TRY_SECONDS)
        sock.connect(server)
        try:
            sock.send(query)
            return sock.recv(2048)[3] & 0x0F == 0
        except (TimeoutError, ConnectionRefusedError):
            return False
