"""Listening addresses: ADDR:PORT, [ADDR]:PORT for IPv6, port 0 for any free one."""

import socket
from dataclasses import dataclass, replace
from ipaddress import ip_address
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address and port to listen on."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ADDR:PORT; raises `ValueError` with the remedy."""
        host, _, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        try:
            ip_address(host)
            number = int(port)
        except ValueError:
            number = -1
        if not 0 <= number <= 65_535:
            raise ValueError(f"{text!r} is not ADDR:PORT, such as 127.0.0.1:5353 or [::1]:5353")
        return cls(host, number)

    @property
    def family(self) -> int:
        """The address family for `socket.socket`."""
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    @property
    def reachable(self) -> "Address":
        """The address at which this very machine reaches it: loopback for a wildcard."""
        if not ip_address(self.host).is_unspecified:
            return self
        return replace(self, host="::1" if ":" in self.host else "127.0.0.1")

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def open_socket(address: Address, kind: socket.SocketKind, *, is_shared: bool = True) -> socket.socket:
    """Bind a socket; the kernel spreads clients over all processes that share a port (SO_REUSEPORT)."""
    sock = socket.socket(address.family, kind)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, is_shared)
        sock.bind((address.host, address.port))
    except OSError:
        sock.close()
        raise
    return sock


class AddressInUse(Exception):
    """An address can't be had; the message says which, and the remedy."""


class Reservation:
    """Holds a port for the workers to come, without taking any packet or connection itself.

    It finds out first that nobody else is bound, for with SO_REUSEPORT two nodes could share a port unawares.
    """

    def __init__(self, wanted: Address, *, udp: bool, option: str) -> None:
        try:
            self.address, self._held = _reserve(wanted, udp=udp)
        except OSError as error:
            raise AddressInUse(
                f"can't listen on {wanted}: {error.strerror}; choose another address with {option}"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()


_TRIES = 20
"""For port 0: a port free for TCP may be taken for UDP."""


def _reserve(wanted: Address, *, udp: bool) -> tuple[Address, socket.socket]:
    tries = 1 if wanted.port else _TRIES
    while True:
        try:
            return _hold(wanted, udp=udp)
        except OSError:
            tries -= 1
            if not tries:
                raise


def _hold(wanted: Address, *, udp: bool) -> tuple[Address, socket.socket]:
    address = replace(wanted, port=_probe(wanted, socket.SOCK_STREAM))
    if udp:
        _probe(address, socket.SOCK_DGRAM)
    return address, open_socket(address, socket.SOCK_STREAM)  # bound, but not listening


def _probe(wanted: Address, kind: socket.SocketKind) -> int:
    """Bind alone, and tell the port."""
    with open_socket(wanted, kind, is_shared=False) as probe:
        port: int = probe.getsockname()[1]
        return port
