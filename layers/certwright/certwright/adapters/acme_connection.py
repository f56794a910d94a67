"""Connections to a CA: its addresses resolved, checked against the egress policy, then used without asking again."""

import socket
from collections.abc import Iterator, Mapping
from typing import Protocol

import certifi
import urllib3
from urllib3.util import parse_url

from certwright.adapters.egress import EgressRefused
from certwright.domain.errors import Unavailable

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
MAX_ADDRESSES = 4
DEFAULT_PORTS = {"https": 443, "http": 80}


class AddressPolicy(Protocol):
    """The egress policy, as far as connections are concerned."""

    def permit(self, address: str, port: int) -> None:
        """Return when the address may be reached at the port; raise `EgressRefused` when not."""
        ...


class PinnedConnections:
    """Keeps connections open by address, with the name that TLS must prove; `ca_bundle` replaces the public roots."""

    def __init__(self, egress: AddressPolicy, ca_bundle: str = "", read_seconds: float = READ_SECONDS) -> None:
        self._egress = egress
        self._pools = urllib3.PoolManager(
            ca_certs=ca_bundle or certifi.where(),
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
        )

    def send(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        """Send a request to the first address that takes it and return its unread response.

        Raises `urllib3.exceptions.HTTPError`, or `Unavailable` where the policy forbids every address.
        """
        target = parse_url(url)
        scheme, host = target.scheme or "", (target.host or "").strip("[]")
        port = target.port or DEFAULT_PORTS[scheme]
        failure: urllib3.exceptions.HTTPError | None = None
        for address in self._permitted(host, port):
            tls = {"server_hostname": host} if scheme == "https" else None
            pool = self._pools.connection_from_host(address, port, scheme, tls)
            try:
                return pool.urlopen(
                    method,
                    target.request_uri,
                    body=body,
                    headers={"Host": target.netloc or host, **headers},
                    redirect=False,
                    retries=False,
                    preload_content=False,
                    assert_same_host=False,
                )
            except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
                failure = error
        raise failure or Unavailable(f"{host} has no address that can be used.")

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._pools.clear()

    def _permitted(self, host: str, port: int) -> Iterator[str]:
        """Give the addresses that may be reached; those that may not are passed over, unless there are no others."""
        refused: EgressRefused | None = None
        permitted = 0
        for address in _resolve(host, port)[:MAX_ADDRESSES]:
            try:
                self._egress.permit(address, port)
            except EgressRefused as error:
                refused = error
                continue
            permitted += 1
            yield address
        if refused and not permitted:
            raise Unavailable(f"The host {host}: {refused.sentence}", code=refused.code) from refused


def _resolve(host: str, port: int) -> list[str]:
    """Look up a host's addresses, IPv4 first: where functions run, IPv6 may lead nowhere."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"The host {host} has no address; it is tried again.") from error
    ordered = sorted(found, key=lambda item: item[0] != socket.AF_INET)
    return list(dict.fromkeys(str(item[4][0]) for item in ordered))
