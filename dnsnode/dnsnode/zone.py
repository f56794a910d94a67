"""The fixed part of a zone: its denials, its apex, and the addresses of name servers that lie in it."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from itertools import takewhile
from struct import pack
from typing import Final

from certwright.domain.answer import ServedZone
from dnsnode import wire
from dnsnode.wire import Answer

NS_TTL: Final = 3600
ADDRESS_TTL: Final = 300
NEGATIVE_TTL: Final = 5
"""TTL and MINIMUM of the SOA, the lesser of which is the negative TTL (RFC 2308 §5)."""
SERIAL, REFRESH, RETRY, EXPIRE = 1, 14_400, 3600, 1_209_600
"""Nothing is transferred: the serial never moves and is the same on every node."""


class Zone:
    """One zone without what is published in it."""

    def __init__(self, zone: ServedZone) -> None:
        self.origin = wire.wire_name(zone.origin)
        servers = [wire.wire_name(name) for name in zone.name_servers]
        soa = servers[0] + wire.wire_name(f"hostmaster.{zone.origin}")
        soa += pack("!5I", SERIAL, REFRESH, RETRY, EXPIRE, NEGATIVE_TTL)
        soa_record = wire.record(wire.SOA, NEGATIVE_TTL, soa, self.origin)
        self.nodata = wire.build_denial(wire.NOERROR, soa_record)
        self.nxdomain = wire.build_denial(wire.NXDOMAIN, soa_record)
        self.answers: dict[bytes, Answer] = {}
        self.names: set[bytes] = {self.origin}
        self._own_names = self.names
        self._add(self.origin, wire.SOA, NEGATIVE_TTL, [soa])
        self._add(self.origin, wire.NS, NS_TTL, servers)
        addresses = [ip_address(address) for address in zone.addresses]
        for server in servers:
            if self.origin in wire.enclosing_names(server):
                self._add(server, wire.A, ADDRESS_TTL, [found.packed for found in addresses if found.version == 4])
                self._add(server, wire.AAAA, ADDRESS_TTL, [found.packed for found in addresses if found.version == 6])

    def has_short_denials(self) -> bool:
        """Tell whether any label below the apex makes a valid name, whose denial is never truncated."""
        shortest, longest = 2 + len(self.origin), 1 + wire.LONGEST_LABEL + len(self.origin)
        return longest <= wire.LONGEST_NAME and all(
            wire.fits_any_udp(self.nodata, size + 4) for size in (shortest, longest)
        )

    def know_below(self, origins: Iterable[bytes]) -> None:
        """Take the zones below for names that exist here, and so the names on the way to them."""
        self.names = self._own_names.union(*[self._names_up_from(origin) for origin in origins])

    def _add(self, name: bytes, rrtype: int, ttl: int, rdatas: list[bytes]) -> None:
        self.names.update(self._names_up_from(name))
        if rdatas:
            answer = wire.build_answer(rrtype, ttl, rdatas)
            self.answers[wire.question(name, rrtype)] = answer
            self.answers.setdefault(wire.question(name, wire.ANY), answer)  # one RRset will do (RFC 8482 §4.1)

    def _names_up_from(self, name: bytes) -> Iterator[bytes]:
        """Give a name and those on its way to the apex: they exist too, with nothing at them (RFC 8020)."""
        return takewhile(self.origin.__ne__, wire.enclosing_names(name))
