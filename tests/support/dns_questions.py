"""Asking a DNS server in a test, and writing its reply in a line."""

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset


def ask(
    server: tuple[str, int], name: str, type_: str, *, is_tcp: bool = False, is_recursive: bool = False, edns: int = 0
) -> dns.message.Message:
    """Ask one question; with `edns` -1 without EDNS."""
    query = dns.message.make_query(name, type_, use_edns=edns, flags=dns.flags.RD if is_recursive else 0)
    send = dns.query.tcp if is_tcp else dns.query.udp
    return send(query, server[0], port=server[1], timeout=20)


def lines(section: list[dns.rrset.RRset]) -> list[str]:
    """Write a section's records as `name type value`, sorted."""
    return sorted(f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)} {rdata}" for rrset in section for rdata in rrset)


def is_authoritative(message: dns.message.Message) -> bool:
    """Read the AA bit."""
    return bool(message.flags & dns.flags.AA)


def rcode(message: dns.message.Message) -> str:
    """Read the rcode as text."""
    return dns.rcode.to_text(message.rcode())
