"""A walk from the root to the authoritative servers of a name, and a question to each of them.

Label by label, asking NS at each name (as RFC 9156 does). What is learnt is kept for one check only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype

from certwright.adapters.dns_exchange import Exchange, Reply, Server, find_rrset, name_of, text_of, values_of
from certwright.adapters.parallel import in_parallel
from certwright.domain.dns_facts import Lookup, Meaning, Said

MOST_SERVERS_TO_GET_ON = 4
MOST_NAME_SERVERS = 13

ROOT_HINTS = (
    "198.41.0.4",
    "170.247.170.2",
    "192.33.4.12",
    "199.7.91.13",
    "192.203.230.10",
    "192.5.5.241",
    "192.112.36.4",
    "198.97.190.53",
    "192.36.148.17",
    "192.58.128.30",
    "193.0.14.129",
    "199.7.83.42",
    "202.12.27.33",
)
"""The IPv4 addresses of a to m.root-servers.net."""


@dataclass(frozen=True, slots=True)
class ZoneCut:
    """A zone: its name servers by name, and the servers that glue or an earlier answer gives, only to get on with."""

    origin: dns.name.Name
    name_servers: tuple[dns.name.Name, ...]
    reach: tuple[Server, ...]
    trouble: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a walk ended: the deepest zone; `missing` where a name was denied, `trouble` where no server answered."""

    zone: ZoneCut
    missing: dns.name.Name | None = None
    trouble: tuple[Said, ...] = ()


type _Step = ZoneCut | Stop | None
type _Trail = frozenset[dns.name.Name]


class Walk:
    """One check's walk; safe to share between threads (two may learn the same thing twice, never a wrong one)."""

    def __init__(self, root_hints: Sequence[str], exchange: Exchange) -> None:
        hints = tuple(Server("", address) for address in root_hints)
        self._root = ZoneCut(dns.name.root, (), hints)
        self._exchange = exchange
        self._steps: dict[dns.name.Name, _Step] = {}
        self._addresses: dict[dns.name.Name, tuple[str, ...] | Said] = {}
        self._servers: dict[dns.name.Name, tuple[Server | Said, ...]] = {}

    def lookup(self, name: str, type_: str, *, is_asked_above: bool = False, is_one_enough: bool = False) -> Lookup:
        """Ask each authoritative server of the zone that holds the name; or, for a delegation, of the zone above it.

        `is_one_enough` stops at the first that answers: registries keep their servers alike.
        """
        try:
            qname = name_of(name)
        except dns.exception.DNSException:
            return Lookup(name, type_, "", (Said("", Meaning.NXDOMAIN, detail="the name is too long"),), name)
        stop = self._find(qname.parent() if is_asked_above else qname)
        zone = text_of(stop.zone.origin)
        missing = "" if stop.missing is None else text_of(stop.missing)
        if stop.trouble:
            return Lookup(name, type_, zone, stop.trouble)
        if missing and len(stop.zone.origin) <= 2:  # the root or a top-level zone: one denial is enough
            return Lookup(name, type_, zone, (Said(f"the servers of {zone or 'the root'}", Meaning.NXDOMAIN),), missing)
        said = self._ask_first(stop.zone, qname, type_) if is_one_enough else self._ask_each(stop.zone, qname, type_)
        return Lookup(name, type_, zone, said, missing)

    def learn(self, name: str) -> None:
        """Walk to a name and find its zone's servers, so that what runs in parallel next need not."""
        stop = self._find(name_of(name))
        if not stop.trouble:
            self._servers_of(stop.zone)

    def ask_soa(self, address: str, origin: str, *, is_tcp: bool) -> Said:
        """Ask one address for a zone's SOA; lame where it does not own one with authority."""
        server = Server("", address)
        said = self._exchange.ask(server, name_of(origin), "SOA", is_tcp=is_tcp).said
        if said.is_answer and said.meaning is not Meaning.FOUND:
            return Said(said.server, Meaning.LAME, detail=f"has no zone {origin}")
        return said

    def _find(self, name: dns.name.Name, trail: _Trail = frozenset()) -> Stop:
        zone = self._root
        for depth in range(2, len(name) + 1):
            step = self._step(zone, name.split(depth)[1], trail)
            if isinstance(step, Stop):
                return step
            if step is not None:
                zone = step
            if zone.trouble:
                return Stop(zone, trouble=zone.trouble)
        return Stop(zone)

    def _step(self, zone: ZoneCut, name: dns.name.Name, trail: _Trail) -> _Step:
        """Take one label: a zone cut, nothing, or the end; kept unless a detour in progress limited it."""
        if name in self._steps:
            return self._steps[name]
        step = self._ask_step(zone, name, trail)
        is_limited = trail and isinstance(step, ZoneCut) and step.trouble
        if not is_limited:
            self._steps[name] = step
        return step

    def _ask_step(self, zone: ZoneCut, name: dns.name.Name, trail: _Trail) -> _Step:
        server, reply, trouble = self._ask_any(zone, name, "NS")
        if server is None or reply is None or reply.message is None:
            return Stop(zone, trouble=trouble)
        if reply.said.meaning is Meaning.NXDOMAIN:
            return Stop(zone, missing=name)
        if reply.said.meaning is Meaning.FOUND:
            return self._make_cut(zone, name, server, reply, trail)
        if find_rrset(reply.message.authority, name, dns.rdatatype.SOA):
            return ZoneCut(name, zone.name_servers, (server,))
        return None

    def _make_cut(self, parent: ZoneCut, name: dns.name.Name, server: Server, reply: Reply, trail: _Trail) -> ZoneCut:
        assert reply.message is not None
        names = tuple(name_of(value) for value in reply.said.values[:MOST_NAME_SERVERS])
        reach = _glue(reply.message, names, parent.origin)
        if reply.said.is_authoritative:
            reach = reach or (server,)  # parent and child on one server: it has just answered for the child
        trouble: list[Said] = []
        for each in names if not reach else ():
            found = self._addresses_of(each, trail)
            if isinstance(found, Said):
                trouble.append(found)
            else:
                reach += tuple(Server(text_of(each), address) for address in found)
        return ZoneCut(name, names, reach[:MOST_SERVERS_TO_GET_ON], () if reach else tuple(trouble))

    def _ask_any(
        self, zone: ZoneCut, name: dns.name.Name, type_: str
    ) -> tuple[Server | None, Reply | None, tuple[Said, ...]]:
        """Ask one server after the other until one answers; else all that went wrong."""
        trouble = []
        for server in zone.reach[:MOST_SERVERS_TO_GET_ON]:
            reply = self._exchange.ask(server, name, type_)
            if reply.said.is_answer:
                return server, reply, ()
            trouble.append(reply.said)
        return None, None, tuple(trouble)

    def _addresses_of(self, name_server: dns.name.Name, trail: _Trail = frozenset()) -> tuple[str, ...] | Said:
        """Ask for a name server's addresses from the root, not from glue; or tell why there is none to use."""
        if name_server in self._addresses:
            return self._addresses[name_server]
        if name_server in trail:
            return _without_address(name_server)
        stop = self._find(name_server, trail | {name_server})
        if stop.trouble:
            found: tuple[str, ...] | Said = _without_address(name_server, stop.trouble)
        elif stop.missing is not None:
            found = _without_address(name_server)
        else:
            found = self._ask_addresses(stop.zone, name_server)
        if not trail or not isinstance(found, Said):
            self._addresses[name_server] = found
        return found

    def _ask_addresses(self, zone: ZoneCut, name_server: dns.name.Name) -> tuple[str, ...] | Said:
        for type_ in ("A", "AAAA"):
            _, reply, trouble = self._ask_any(zone, name_server, type_)
            if reply is None:
                return _without_address(name_server, trouble)
            if reply.said.meaning is Meaning.FOUND:
                ipv6_only = Said(text_of(name_server), Meaning.IPV6_ONLY, detail="has IPv6 addresses only")
                return reply.said.values if type_ == "A" else ipv6_only
        return _without_address(name_server)

    def _ask_each(self, zone: ZoneCut, name: dns.name.Name, type_: str) -> tuple[Said, ...]:
        def ask(server: Server | Said) -> Said:
            return server if isinstance(server, Said) else self._exchange.ask(server, name, type_).said

        return in_parallel([partial(ask, server) for server in self._servers_of(zone)])

    def _ask_first(self, zone: ZoneCut, name: dns.name.Name, type_: str) -> tuple[Said, ...]:
        _, reply, trouble = self._ask_any(zone, name, type_)
        return (reply.said,) if reply else trouble

    def _servers_of(self, zone: ZoneCut) -> tuple[Server | Said, ...]:
        """List all servers of a zone at all their addresses; a name server that has none is told as such."""
        if zone.origin not in self._servers:
            found = in_parallel([partial(self._servers_named, zone, name) for name in zone.name_servers])
            self._servers[zone.origin] = tuple(server for group in found for server in group) or zone.reach
        return self._servers[zone.origin]

    def _servers_named(self, zone: ZoneCut, name: dns.name.Name) -> tuple[Server | Said, ...]:
        found = self._addresses_of(name)
        if not isinstance(found, Said):
            return tuple(Server(text_of(name), address) for address in found)
        glue = tuple(server for server in zone.reach if server.name == text_of(name))
        return glue or (found,)


def _glue(message: dns.message.Message, names: Sequence[dns.name.Name], bailiwick: dns.name.Name) -> tuple[Server, ...]:
    """Read the addresses that came along, of names that the answering zone may speak for (RFC 2181 §5.4.1)."""
    found = ((name, find_rrset(message.additional, name, dns.rdatatype.A)) for name in names)
    return tuple(
        Server(text_of(name), address)
        for name, rrset in found
        if rrset is not None and name.is_subdomain(bailiwick)
        for address in values_of(rrset)
    )


def _without_address(name_server: dns.name.Name, trouble: Sequence[Said] = ()) -> Said:
    """Tell that a name server has no address, or that its address could not be asked for."""
    cause = next((said for said in trouble if said.meaning is not Meaning.ADDRESSLESS), None)
    if cause is None:
        return Said(text_of(name_server), Meaning.ADDRESSLESS, detail="has no address")
    detail = f"its address can't be found ({cause.server}: {cause.detail})"
    return Said(text_of(name_server), cause.meaning, detail=detail)
