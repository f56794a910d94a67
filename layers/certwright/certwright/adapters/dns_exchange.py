"""One question to one server, and what its reply means."""

import socket
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

from certwright.adapters.egress import Budget, BudgetSpent, Egress, EgressRefused
from certwright.domain.dns_facts import Meaning, Said

UDP_PAYLOAD = 1232
_ANSWERED = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)


@dataclass(frozen=True, slots=True)
class Server:
    """A name server at one IPv4 address; `name` is empty for a root hint."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} ({self.address})" if self.name else self.address


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said, with the message where there is one."""

    said: Said
    message: dns.message.Message | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """Ask servers at one port within a budget: `tries` over UDP, each of `try_seconds`, TCP where that is truncated."""

    port: int
    egress: Egress
    budget: Budget
    try_seconds: float
    tries: int

    def ask(self, server: Server, name: dns.name.Name, type_: str, *, is_tcp: bool = False) -> Reply:
        """Put one question without recursion (RFC 1034 §4.3.1); what goes wrong is a `Said` too."""
        query = dns.message.make_query(name, type_, use_edns=0, payload=UDP_PAYLOAD, flags=0)
        try:
            self.egress.permit(server.address, self.port)
            message = self._ask_tcp(query, server) if is_tcp else self._ask_udp(query, server)
        except EgressRefused as refusal:
            return Reply(Said(str(server), Meaning.FORBIDDEN, detail=refusal.sentence))
        except BudgetSpent as spent:
            return Reply(Said(str(server), Meaning.SILENT, detail=spent.sentence))
        except (OSError, EOFError, dns.exception.DNSException) as error:
            return Reply(Said(str(server), Meaning.SILENT, detail=_explain(error)))
        return Reply(read_reply(str(server), message, name, type_), message)

    def resolve(
        self, server: Server, name: dns.name.Name, type_: str, *, is_unchecked: bool
    ) -> dns.message.Message | None:
        """Put one question to a resolver, with or without its validation (CD, RFC 4035 §3.2.2); None for no reply."""
        flags = dns.flags.RD | (dns.flags.CD if is_unchecked else 0)
        query = dns.message.make_query(name, type_, use_edns=0, payload=UDP_PAYLOAD, flags=flags)
        try:
            self.egress.permit(server.address, self.port)
            return self._ask_udp(query, server)
        except (EgressRefused, BudgetSpent, OSError, EOFError, dns.exception.DNSException):
            return None

    def _ask_udp(self, query: dns.message.Message, server: Server) -> dns.message.Message:
        for attempt in range(self.tries, 0, -1):
            try:
                message = self._ask_udp_once(query, server)
            except (OSError, dns.exception.DNSException):
                if attempt == 1:
                    raise
                continue
            return self._ask_tcp(query, server) if message.flags & dns.flags.TC else message
        raise AssertionError("at least one try")

    def _ask_udp_once(self, query: dns.message.Message, server: Server) -> dns.message.Message:
        seconds = self.budget.take_hop(self.try_seconds)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect((server.address, self.port))  # connected, so that a closed port is heard of
            message = dns.query.udp(
                query,
                server.address,
                timeout=seconds,
                port=self.port,
                sock=sock,
                ignore_unexpected=True,
                ignore_errors=True,
                ignore_trailing=True,
            )
        self.budget.take_bytes(len(message.wire or b""))
        return message

    def _ask_tcp(self, query: dns.message.Message, server: Server) -> dns.message.Message:
        seconds = self.budget.take_hop(2 * self.try_seconds)
        message = dns.query.tcp(query, server.address, timeout=seconds, port=self.port, ignore_trailing=True)
        self.budget.take_bytes(len(message.wire or b""))
        return message


def read_reply(server: str, message: dns.message.Message, name: dns.name.Name, type_: str) -> Said:
    """Tell what a reply means for the name asked.

    A CNAME owned by the name comes before the rcode, which speaks of the chain's end (RFC 6604 §3). A delegation is
    found where the type is NS, though without authority.
    """
    wanted = dns.rdatatype.from_text(type_)
    is_authoritative = bool(message.flags & dns.flags.AA)
    if message.rcode() not in _ANSWERED:
        meaning = Meaning.LAME if message.rcode() == dns.rcode.REFUSED else Meaning.FAILING
        return Said(server, meaning, detail=dns.rcode.to_text(message.rcode()))
    if not is_authoritative:
        referral = find_rrset(message.authority, name, dns.rdatatype.NS)
        if referral is not None and wanted == dns.rdatatype.NS:
            return Said(server, Meaning.FOUND, values_of(referral), is_authoritative=False)
        return Said(server, Meaning.LAME, detail="answers without authority", is_authoritative=False)
    alias = find_rrset(message.answer, name, dns.rdatatype.CNAME)
    if alias is not None:
        return Said(server, Meaning.ALIAS, values_of(alias))
    found = find_rrset(message.answer, name, wanted)
    if found is not None:
        return Said(server, Meaning.FOUND, values_of(found))
    return Said(server, Meaning.NXDOMAIN if message.rcode() == dns.rcode.NXDOMAIN else Meaning.NODATA)


def find_rrset(
    section: list[dns.rrset.RRset], name: dns.name.Name, type_: dns.rdatatype.RdataType
) -> dns.rrset.RRset | None:
    """Find the RRset of a type that the name itself owns, whatever the case."""
    return next((rrset for rrset in section if rrset.name == name and rrset.rdtype == type_), None)


def values_of(rrset: dns.rrset.RRset) -> tuple[str, ...]:
    """Write each rdata as text, sorted: host names in lower case without final dot, TXT as its joined strings."""
    return tuple(sorted(_text_of_rdata(rdata) for rdata in rrset))


def _text_of_rdata(rdata: object) -> str:
    target = getattr(rdata, "target", None)
    if isinstance(target, dns.name.Name):
        return text_of(target)
    strings = getattr(rdata, "strings", None)
    if isinstance(strings, tuple):
        return b"".join(strings).decode("utf-8", "replace")
    return str(rdata)


def text_of(name: dns.name.Name) -> str:
    """Write a name in lower case without final dot; the root is empty."""
    return name.canonicalize().to_text(omit_final_dot=True) if name != dns.name.root else ""


def name_of(text: str) -> dns.name.Name:
    """Read a name written without final dot; raises `dns.exception.DNSException` where it is too long."""
    return dns.name.from_text(f"{text}.")


def _explain(error: Exception) -> str:
    if isinstance(error, dns.exception.Timeout | TimeoutError):
        return "no reply in time"
    if isinstance(error, ConnectionRefusedError):
        return "the port is closed"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the reply was not a DNS message for this question"
