"""Small DNS servers inside the test, sound or broken on purpose."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dnslib

from local.provider_answers import answer, build_zones
from local.provider_records import StoredRecord
from local.provider_sockets import DnsSockets
from local.provider_wire import Responder, make_filler, make_responder


@dataclass(frozen=True)
class ZoneServer:
    """An authoritative server for one zone: its origin, its name servers, its other records as (type, name, value)."""

    origin: str
    name_servers: tuple[str, ...]
    records: tuple[tuple[str, str, str], ...] = ()

    def respond(self, query: bytes, is_tcp: bool) -> bytes | None:
        """Answer as the zone's server does; REFUSED outside the zone."""
        soa = StoredRecord(self.origin, "SOA", f"{self.name_servers[0]} hostmaster.{self.origin} 1 5 5 5 5")
        servers = [StoredRecord(self.origin, "NS", server) for server in self.name_servers]
        others = [StoredRecord(name, type_, value) for type_, name, value in self.records]
        zones = build_zones((self.origin,), (soa, *servers, *others))
        return make_responder(make_filler(lambda name, type_: answer(zones, name, type_)))(query, is_tcp)


def refuse(query: bytes, is_tcp: bool) -> bytes | None:
    """Serve no zone at all: REFUSED to everything."""
    return make_responder(make_filler(lambda *_: None))(query, is_tcp)


def fail(query: bytes, is_tcp: bool) -> bytes | None:
    """Have lost the zone: SERVFAIL to everything."""
    return _reply_with(query, rcode=2)


def answer_without_authority(query: bytes, is_tcp: bool) -> bytes | None:
    """Answer as a resolver that knows nothing: NOERROR, no AA, no records."""
    return _reply_with(query, rcode=0)


def keep_silent(query: bytes, is_tcp: bool) -> bytes | None:
    """Take every question and never answer."""
    return None


def _reply_with(query: bytes, rcode: int) -> bytes:
    reply = dnslib.DNSRecord.parse(query).reply(ra=0, aa=0)
    reply.header.rcode = rcode
    wire: bytes = reply.pack()
    return wire


@contextmanager
def serving(address: str, port: int, respond: Responder) -> Iterator[None]:
    """Serve over UDP and TCP until the context ends."""
    with DnsSockets((address, port), respond):
        yield


@contextmanager
def serving_udp_only(address: str, port: int, respond: Responder) -> Iterator[None]:
    """Serve over UDP with the TCP port closed, as behind a firewall that forgot TCP."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, sock = self.request
            reply = respond(query, False)
            if reply is not None:
                sock.sendto(reply, self.client_address)

    with socketserver.UDPServer((address, port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
