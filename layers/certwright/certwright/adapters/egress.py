"""What may be reached from here: public unicast at the check ports, and what an operator allows beside it."""

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from certwright.domain.errors import NotAllowed, Unavailable

HTTPS_PORT = 443
_PORTS = {"http": 80, "https": HTTPS_PORT}
_ENTRY = re.compile(r"(?P<network>[0-9A-Fa-f:.]+/\d{1,3})(?::(?P<ports>\d{1,5}(?:\+\d{1,5})*))?")
_IPV6_UNICAST = ipaddress.IPv6Network("2000::/3")  # excludes what embeds IPv4 addresses, NAT64's 64:ff9b::/96 too


class EgressRefused(NotAllowed):
    """The policy does not let this address and port be reached."""

    code = "egress-refused"


class BudgetSpent(Unavailable):
    """A walk took more hops, bytes or time than one check may."""

    code = "budget-spent"


@dataclass(frozen=True, slots=True)
class AllowedNetwork:
    """An entry of the operator's allow-list; without ports it stands for the check ports and 443."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network
    ports: frozenset[int] = frozenset()


def parse_allow_list(text: str) -> tuple[AllowedNetwork, ...]:
    """Read entries `CIDR[:port[+port]]`, parted by commas or blanks; `ValueError` names the entry that is none."""
    return tuple(_parse_entry(entry) for entry in re.split(r"[\s,]+", text.strip()) if entry)


def _parse_entry(entry: str) -> AllowedNetwork:
    match = _ENTRY.fullmatch(entry)
    try:
        if match is None:
            raise ValueError("it is not of the form CIDR[:port[+port]]")
        ports = frozenset(int(port) for port in (match["ports"] or "").split("+") if port)
        if any(not 0 < port < 65536 for port in ports):
            raise ValueError("ports go from 1 to 65535")
        return AllowedNetwork(ipaddress.ip_network(match["network"]), ports)
    except ValueError as error:
        raise ValueError(f"allow-list entry {entry!r}: {error}; write it like 10.1.0.0/16:14000+15000") from error


@dataclass(frozen=True, slots=True)
class Egress:
    """The policy; `dns_port` and `http_port` are the check ports."""

    dns_port: int = 53
    http_port: int = 80
    allow: tuple[AllowedNetwork, ...] = ()

    def permit(self, address: str, port: int) -> None:
        """Let an IP address and port pass; raises `EgressRefused`, which says what an operator can do."""
        checked = ipaddress.ip_address(address)
        is_check_port = port in (self.dns_port, self.http_port, HTTPS_PORT)
        if is_check_port and _is_public_unicast(checked):
            return
        for entry in self.allow:
            if checked in entry.network and (port in entry.ports if entry.ports else is_check_port):
                return
        reason = "is not a public unicast address" if is_check_port else f"port {port} is not one of the check ports"
        raise EgressRefused(
            f"{address} port {port} may not be reached: {reason}. An operator can add it to the egress allow-list."
        )

    def permit_url(self, url: str) -> None:
        """Let a URL pass when every address of its host may be reached; raises `EgressRefused`, or `Unavailable`."""
        parts = urlsplit(url)
        try:
            host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
        except (KeyError, ValueError):
            host, port = None, 0
        if not host:
            raise EgressRefused(f"{url} is no http or https URL with a host.")
        for address in _addresses_of(host):
            self.permit(address, port)


def _addresses_of(host: str) -> set[str]:
    with suppress(ValueError):
        return {str(ipaddress.ip_address(host))}
    try:
        return {str(sockaddr[0]) for *_, sockaddr in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"{host} can't be resolved; it is tried again.") from error


def _is_public_unicast(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _IPV6_UNICAST:
        return False
    return address.is_global and not address.is_multicast


class Budget:
    """What one check may spend; safe to share between its threads."""

    def __init__(
        self,
        *,
        hops: int = 300,
        size: int = 1 << 20,
        seconds: float = 20.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hops = hops
        self._size = size
        self._monotonic = monotonic
        self._deadline = monotonic() + seconds
        self._lock = threading.Lock()

    def take_hop(self, longest_seconds: float) -> float:
        """Count one exchange and tell how many seconds it may take; `BudgetSpent` when nothing is left."""
        with self._lock:
            self._hops -= 1
            if self._hops < 0:
                raise BudgetSpent("The check took too many exchanges.")
        remaining = self._deadline - self._monotonic()
        if remaining <= 0:
            raise BudgetSpent("The check took too long.")
        return min(remaining, longest_seconds)

    def take_bytes(self, count: int) -> None:
        """Count bytes received; `BudgetSpent` when they are too many."""
        with self._lock:
            self._size -= count
            if self._size < 0:
                raise BudgetSpent("The check received too many bytes.")
