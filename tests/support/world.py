"""A private Internet of real servers: NSD serves the root, `test.` and `example.test.`, Unbound resolves from there.

Everything is on port 53 of loopback addresses of its own (delegations carry no port). Where that or a program is not to
be had, the test is skipped, saying why and what to do.
"""

import errno
import os
import signal
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from local.processes import Child, Processes
from tests.support.dns_client import build_query, exchange
from tests.support.eventually import eventually
from tests.support.nsd_unbound import find_program, start_nsd, start_unbound

PORT = 53
# Not 127.0.0.53, which systemd-resolved takes on many machines.
ROOT_SERVER, RESOLVER, NODE = "127.0.53.2", "127.0.53.53", "127.0.53.9"
ZONES = (".", "test.", "example.test.")
RECURSION_DESIRED = 0x0100

# Letters of questions change case at random (0x20), names are minimised: as resolvers of public CAs do.
RESOLVING = (
    'module-config: "iterator"',
    "qname-minimisation: yes",
    "use-caps-for-id: yes",
    "cache-max-negative-ttl: 1",
)

GLUE = ("ns.root-servers.test.", "A", ROOT_SERVER)
DELEGATIONS = {
    ".": [GLUE, ("test.", "NS", "ns.root-servers.test.")],
    "test.": [GLUE, ("example.test.", "NS", "ns.root-servers.test.")],
    "example.test.": [],
}


class Internet:
    """The running servers, and the records that the user of `example.test` has added."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records: list[tuple[str, str, str]] = []
        self._serial = 1
        self._nsd: Child

    @property
    def root_hints(self) -> str:
        """The address of the root server."""
        return ROOT_SERVER

    @property
    def resolver(self) -> str:
        """Where Unbound is asked, as ADDRESS:PORT."""
        return f"{RESOLVER}:{PORT}"

    def add(self, type: str, name: str, value: str) -> None:
        """Add a record to example.test, served when this returns; names are absolute, without final dot."""
        self._records.append((type, name, value))
        self._publish()

    def add_all(self, records: Iterable[tuple[str, str, str]]) -> None:
        """Add many records (type, name, value) at once."""
        self._records += records
        self._publish()

    def remove(self, type: str, name: str, value: str) -> None:
        """Take a record away again."""
        self._records.remove((type, name, value))
        self._publish()

    def start(self, processes: Processes) -> None:
        """Start both servers and wait until they answer."""
        self._write_zones()
        files = {origin: _zone_file(origin) for origin in ZONES}
        self._nsd = start_nsd(processes, (ROOT_SERVER, PORT), self._folder, self._folder, files)
        hints = self._folder / "hints"
        hints.write_text(f". 60 IN NS ns.root-servers.test.\nns.root-servers.test. 60 IN A {ROOT_SERVER}\n")
        start_unbound(processes, (RESOLVER, PORT), self._folder, [f'root-hints: "{hints}"', *RESOLVING])
        for server in (ROOT_SERVER, RESOLVER):
            self._await_serial(server)

    def _publish(self) -> None:
        self._serial += 1
        self._write_zones()
        os.kill(self._nsd.pid, signal.SIGHUP)
        self._await_serial(ROOT_SERVER)

    def _write_zones(self) -> None:
        user = [(_absolute(name), type, value) for type, name, value in self._records]
        for origin in ZONES:
            soa = f"{origin} 60 IN SOA ns.root-servers.test. host.test. {self._serial} 60 60 60 1"
            records = [(origin, "NS", "ns.root-servers.test."), *DELEGATIONS[origin]]
            lines = [soa, *(_line(*record) for record in (*records, *(user if origin == ZONES[-1] else [])))]
            (self._folder / _zone_file(origin)).write_text("\n".join(lines) + "\n")

    def _await_serial(self, server: str) -> None:
        """Wait until the newest version of the user's zone is served (a resolver may still know an older one)."""
        query = build_query(ZONES[-1], "SOA", flags=RECURSION_DESIRED)
        eventually(lambda: _serials(exchange((server, PORT), query).answers), [self._serial])


@contextmanager
def private_internet(folder: Path) -> Iterator[Internet]:
    """Run NSD and Unbound with their files in `folder` until the context ends; skip the test where they can't run."""
    _skip_without_programs()
    _skip_without_ports()
    folder.mkdir(parents=True, exist_ok=True)
    internet = Internet(folder)
    with ExitStack() as running:
        internet.start(running.enter_context(Processes(folder)))
        yield internet


def _skip_without_programs() -> None:
    missing = [name for name in ("nsd", "unbound") if not find_program(name)]
    if missing:
        remedy = "as root on Debian run `make setup`, elsewhere install them by hand"
        pytest.skip(f"{' and '.join(missing)} not installed: {remedy}")


def _skip_without_ports() -> None:
    for address in (ROOT_SERVER, RESOLVER, NODE):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind is socket.SOCK_STREAM))
                try:
                    trial.bind((address, PORT))
                    if kind is socket.SOCK_DGRAM:
                        trial.connect((address, PORT))  # fails where the loopback interface is down
                except OSError as error:
                    pytest.skip(f"port {PORT} of {address} can't be had ({error.strerror}): {_remedy(error)}")


def _remedy(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"end the server that listens there; `ss -lnp 'sport = :{PORT}'` tells which"
        case errno.EADDRNOTAVAIL:
            return "add the address to the loopback interface"
        case errno.ENETUNREACH:
            return "run `ip link set lo up`"
        case _:
            return "run as root, or in a network of one's own (unshare --map-root-user --net, then `ip link set lo up`)"


def _zone_file(origin: str) -> str:
    return f"{origin.strip('.') or 'root'}.zone"


def _line(owner: str, type: str, value: str) -> str:
    """Write one record of a zone file; a TTL of a second, so that what a resolver keeps is soon forgotten."""
    text = f'"{value}"' if type == "TXT" else _absolute(value) if type in ("NS", "CNAME") else value
    return f"{owner} 1 IN {type} {text}"


def _absolute(name: str) -> str:
    return f"{name.removesuffix('.')}."


def _serials(answers: list[str]) -> list[int]:
    return [int(answer.split()[2]) for answer in answers]
