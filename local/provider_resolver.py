"""The stand-in's resolver, for a test CA: it follows referrals and CNAMEs over real queries and caches nothing."""

from collections.abc import Sequence

import dnslib

from local.provider_sockets import exchange
from local.provider_wire import REFUSED, SERVFAIL, Filler, text_of

TRY_SECONDS = 3.0
LONGEST_CHAIN = 8
MOST_REFERRALS = 16
DEEPEST_DETOUR = 4


class ResolutionFailedError(Exception):
    """No server led to an answer."""


class Resolver:
    """Resolve from one root server; all servers are asked at the same port."""

    def __init__(self, root: str, port: int) -> None:
        self._root = root
        self._port = port

    def resolve(self, name: str, type_: int, depth: int = 0) -> tuple[int, list[dnslib.RR]]:
        """Find the rcode and the records, aliases first; `ResolutionFailedError` where the servers don't answer."""
        found: list[dnslib.RR] = []
        for _ in range(LONGEST_CHAIN + 1):
            reply = self._iterate(name, type_, depth)
            owned = [record for record in reply.rr if text_of(record.rname) == name]
            aliases = [record for record in owned if record.rtype == dnslib.QTYPE.CNAME]
            if not aliases or type_ in (dnslib.QTYPE.CNAME, dnslib.QTYPE.ANY):
                return (0 if owned else reply.header.rcode), found + owned
            found.append(aliases[0])
            name = text_of(aliases[0].rdata.label)
        raise ResolutionFailedError(f"more than {LONGEST_CHAIN} aliases")

    def _iterate(self, name: str, type_: int, depth: int) -> dnslib.DNSRecord:
        """Follow referrals from the root to an authoritative reply (RFC 1034 §5.3.3)."""
        servers: Sequence[str] = (self._root,)
        for _ in range(MOST_REFERRALS):
            reply = self._ask(servers, name, type_)
            names = [text_of(record.rdata.label) for record in reply.auth if record.rtype == dnslib.QTYPE.NS]
            if reply.header.aa or reply.rr:
                return reply
            if not names or reply.header.rcode:
                raise ResolutionFailedError(f"no referral for {name}")
            servers = _glue(reply, names) or self._addresses(names, depth)
        raise ResolutionFailedError(f"more than {MOST_REFERRALS} referrals for {name}")

    def _addresses(self, names: Sequence[str], depth: int) -> tuple[str, ...]:
        if depth >= DEEPEST_DETOUR:
            raise ResolutionFailedError("name servers without addresses depend on each other")
        for name in names:
            _, records = self.resolve(name, dnslib.QTYPE.A, depth + 1)
            if addresses := tuple(str(record.rdata) for record in records if record.rtype == dnslib.QTYPE.A):
                return addresses
        raise ResolutionFailedError(f"no address for {', '.join(names)}")

    def _ask(self, servers: Sequence[str], name: str, type_: int) -> dnslib.DNSRecord:
        for server in servers:
            query = dnslib.DNSRecord(q=dnslib.DNSQuestion(name or ".", type_))
            query.header.rd = 0
            query.add_ar(dnslib.EDNS0(udp_len=1232))
            try:
                reply = self._exchange(query, server)
            except (OSError, dnslib.DNSError):
                continue
            if reply.header.id == query.header.id and reply.header.rcode in (0, 3):
                return reply
        raise ResolutionFailedError(f"no answer for {name} from {', '.join(servers)}")

    def _exchange(self, query: dnslib.DNSRecord, server: str) -> dnslib.DNSRecord:
        endpoint = (server, self._port)
        reply = dnslib.DNSRecord.parse(exchange(query.pack(), endpoint, is_tcp=False, seconds=TRY_SECONDS))
        if reply.header.tc:
            reply = dnslib.DNSRecord.parse(exchange(query.pack(), endpoint, is_tcp=True, seconds=TRY_SECONDS))
        return reply


def make_recursive_filler(resolver: Resolver) -> Filler:
    """Complete replies by resolving; AAAA is NODATA, since the local system speaks IPv4 only."""

    def fill(reply: dnslib.DNSRecord) -> None:
        name, type_ = text_of(reply.q.qname), reply.q.qtype
        reply.header.ra = 1
        if not reply.header.rd:
            reply.header.rcode = REFUSED
            return
        if type_ == dnslib.QTYPE.AAAA:
            return
        try:
            reply.header.rcode, records = resolver.resolve(name, type_)
        except ResolutionFailedError:
            reply.header.rcode = SERVFAIL
            return
        reply.add_answer(*records)

    return fill


def _glue(reply: dnslib.DNSRecord, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        str(record.rdata) for record in reply.ar if record.rtype == dnslib.QTYPE.A and text_of(record.rname) in names
    )
