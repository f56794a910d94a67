"""Validating resolvers: whether DNSSEC makes them refuse what the authoritative servers answer."""

from collections.abc import Sequence
from functools import partial

import dns.edns
import dns.message
import dns.rcode

from certwright.adapters.dns_exchange import Exchange, Server, name_of
from certwright.adapters.parallel import in_parallel
from certwright.domain.dns_facts import Bogus

type Question = tuple[str, str]
"""A name and a type."""

_ANSWERED = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)


def find_bogus(exchange: Exchange, resolvers: Sequence[str], questions: Sequence[Question]) -> tuple[Bogus, ...]:
    """Put each question to each resolver; a silent one has no say."""
    asked = [partial(_judge, exchange, address, *question) for question in questions for address in resolvers]
    return tuple(found for found in in_parallel(asked) if found)


def _judge(exchange: Exchange, address: str, name: str, type_: str) -> Bogus | None:
    """Take for bogus what fails with validation and is answered without (RFC 4035 §5.5)."""
    server, qname = Server("", address), name_of(name)
    checked = exchange.resolve(server, qname, type_, is_unchecked=False)
    if checked is None or checked.rcode() != dns.rcode.SERVFAIL:
        return None
    unchecked = exchange.resolve(server, qname, type_, is_unchecked=True)
    if unchecked is None or unchecked.rcode() not in _ANSWERED:
        return None
    return Bogus(name, type_, address, _explain(checked))


def _explain(message: dns.message.Message) -> str:
    """Read the resolver's own reason (RFC 8914), empty where it gives none."""
    errors = [option for option in message.options if isinstance(option, dns.edns.EDEOption)]
    texts = (f"{dns.edns.EDECode(error.code).name.replace('_', ' ').lower()} {error.text or ''}" for error in errors)
    return "; ".join(text.strip() for text in texts)
