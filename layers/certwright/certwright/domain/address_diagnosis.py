"""From what was found of an HTTP-01 name to what is wrong with it."""

from certwright.domain.dns_facts import AddressFacts, Chain, HttpReply, Lookup, Meaning, Said
from certwright.domain.hop import Hop, Part, judge, unseen
from certwright.domain.identifier import Registrable, as_host, read_address
from certwright.domain.lookup_diagnosis import (
    diagnose_chain_shape,
    diagnose_lookup,
    domain_hop,
    link_hops,
    registrable_by_two_labels,
)
from certwright.domain.probe import CHALLENGE_PATH, UNKNOWN, answer_probe
from certwright.domain.problem import Actor, Problem, cut
from certwright.domain.records import NameCheck, WantedAddress

CHECK_PATH = f"{CHALLENGE_PATH}certwright-check"
REDIRECTS = (301, 302, 307, 308)
PROBED = frozenset({"unreachable-http", "challenge-answered-elsewhere"})
"""What a probe finds wrong."""
LONGEST_QUOTE = 80
"""Bytes of a stranger's page that are shown."""


def facts_of_address(identifier: str) -> AddressFacts | None:
    """Say of an IP address what DNS says of a name that has it; None for a name."""
    if not read_address(identifier):
        return None
    said = Said("", Meaning.FOUND, (identifier,))
    return AddressFacts(Chain((identifier,), (Lookup(identifier, "A", "", (said,)),)))


def addresses_elsewhere(wanted: WantedAddress, facts: AddressFacts) -> tuple[str, ...]:
    """List the found addresses that are not ours."""
    return tuple(address for address in facts.chain.last.values if address not in wanted.addresses)


def diagnose_address(
    wanted: WantedAddress, facts: AddressFacts, registrable: Registrable = registrable_by_two_labels
) -> NameCheck:
    """Judge whether HTTP-01 reaches us: by all addresses, or by a redirect from the others (RFC 8555 §8.3)."""
    problem = _diagnose(wanted, facts, registrable)
    return NameCheck(wanted.identifier, problem, hops=_hops(wanted, facts, problem, registrable))


def _hops(
    wanted: WantedAddress, facts: AddressFacts, problem: Problem | None, registrable: Registrable
) -> tuple[Hop, ...]:
    """Describe the domain's servers, the aliases, the addresses, and the site where one stands in between."""
    to_add = f"A {', '.join(wanted.addresses)}"
    last = facts.chain.last
    hops = [] if read_address(wanted.identifier) else [domain_hop(facts.chain.lookups[0], registrable)]
    is_shape = facts.chain.is_loop or facts.chain.is_too_long
    if len(facts.chain.names) > 1:
        hops += link_hops(facts.chain, problem if is_shape else None, "")
    if is_shape or diagnose_lookup(last, registrable):
        return (*hops, unseen(Part.ADDRESS, facts.chain.end, to_add))
    found = ", ".join((*last.values, *(facts.ipv6.values if facts.ipv6 else ())))
    hops.append(judge(Part.ADDRESS, facts.chain.end, problem, wanted=to_add, found=found))
    site = facts.reply or (facts.probed if problem and problem.code in PROBED else None)
    if site:
        wanted_of_site = "a redirect to us" if facts.reply else "our own answer"
        hops.append(judge(Part.SITE, site.address, problem, wanted=wanted_of_site, found=_describe(site)))
    return tuple(hops)


def is_probe_of_use(check: NameCheck) -> bool:
    """Tell whether a probe may change what a look has found: where all stands, and where a site might pass it on."""
    return check.problem is None or check.problem.code == "address-elsewhere"


def is_our_answer(wanted: WantedAddress, path: str, reply: HttpReply) -> bool:
    """Tell whether a probe came to one of our nodes, for the name itself or for a host of ours.

    At our own addresses a node of an earlier release will do, which does not know of probes.
    """
    hosts = (as_host(wanted.identifier), *wanted.redirect_hosts)
    if reply.status == 200 and reply.body.strip() in {answer_probe(path, host, wanted.deployment) for host in hosts}:
        return True
    return reply.address in wanted.addresses and (reply.status, reply.body) == (404, UNKNOWN)


def _diagnose(wanted: WantedAddress, facts: AddressFacts, registrable: Registrable) -> Problem | None:
    if shape := diagnose_chain_shape(facts.chain):
        return shape
    if trouble := diagnose_lookup(facts.chain.last, registrable):
        return trouble
    if not facts.chain.last.values:
        return _missing(wanted, facts)
    if facts.is_answered:
        return _diagnose_ipv6(wanted, facts)
    strays = addresses_elsewhere(wanted, facts)
    return (_diagnose_reply if strays else _diagnose_ipv6)(wanted, facts) or _diagnose_probe(wanted, facts)


def _diagnose_probe(wanted: WantedAddress, facts: AddressFacts) -> Problem | None:
    """Say who answers in the place of our nodes: nobody at our own address, or another server."""
    reply = facts.probed
    if reply is None:
        return None
    is_at_us = reply.address in wanted.addresses
    told = _describe(reply)
    if is_at_us and (not reply.status or reply.status >= 500):
        sentence = f"Our node does not answer over HTTP: {told}. An operator looks at the nodes and at their port 80."
        return Problem("unreachable-http", sentence, Actor.OPERATOR, reply.address, "our own answer", told)
    said = f" (“{cut(reply.body.strip(), LONGEST_QUOTE)}”)" if reply.body.strip() else ""
    sentence = (
        f"Another server than our node answers {CHALLENGE_PATH}… of {wanted.identifier}: {told}{said}. Let what stands "
        f"there pass every path below {CHALLENGE_PATH} on to us, unchanged."
    )
    actor = Actor.OPERATOR if is_at_us else Actor.USER
    return Problem(
        "challenge-answered-elsewhere", sentence, actor, wanted.identifier, "our own answer", f"{told}{said}"
    )


def _diagnose_ipv6(wanted: WantedAddress, facts: AddressFacts) -> Problem | None:
    """A CA tries IPv6 first and does not come back where something else answers there."""
    strays = [value for value in (facts.ipv6.values if facts.ipv6 else ()) if value not in wanted.addresses]
    if not strays:
        return None
    sentence = (
        f"{wanted.identifier} has the IPv6 address {', '.join(strays)}, which is not ours, and CAs try IPv6 first. "
        f"Delete AAAA {facts.chain.end} → {', '.join(strays)}, or use DNS-01."
    )
    return Problem(
        "ipv6-elsewhere", sentence, Actor.USER, facts.chain.end, f"no AAAA {facts.chain.end}", ", ".join(strays)
    )


def _missing(wanted: WantedAddress, facts: AddressFacts) -> Problem:
    name, end = wanted.identifier, facts.chain.end
    if name == end:
        sentence = f"{name} has no address yet. Add {_to_add(wanted)}."
    else:
        sentence = (
            f"{name} is an alias of {end}, which has no address. Give {end} an address, or delete the CNAME and add "
            f"{_to_add(wanted)}."
        )
    return _problem(wanted, "address-missing", sentence, "no A record")


def _diagnose_reply(wanted: WantedAddress, facts: AddressFacts) -> Problem | None:
    found = ", ".join(facts.chain.last.values)
    reply = facts.reply
    is_ours = reply is not None and reply.status in REDIRECTS and reply.redirect_host in wanted.redirect_hosts
    if reply is not None and is_ours and reply.redirect_path == CHECK_PATH:
        return None
    if reply is not None and is_ours:
        sentence = (
            f"{wanted.identifier} redirects to us, but not to the same path: {reply.redirect_path or '/'} in place of "
            f"{CHECK_PATH}. Let the redirect keep what follows {CHALLENGE_PATH}."
        )
        return _problem(wanted, "redirect-path-lost", sentence, found)
    strays = ", ".join(addresses_elsewhere(wanted, facts))
    told = f", and {_describe(reply)}" if reply else ""
    sentence = f"{wanted.identifier} leads to {strays}, not to us{told}. {_remedies(wanted)}"
    return _problem(wanted, "address-elsewhere", sentence, found)


def _describe(reply: HttpReply) -> str:
    if not reply.status:
        return f"{reply.address} gave no answer over HTTP ({reply.detail})"
    to = f" to {reply.redirect_host}" if reply.redirect_host else ""
    return f"{reply.address} answered with status {reply.status}{to}"


def _remedies(wanted: WantedAddress) -> str:
    if read_address(wanted.identifier):
        return f"Let what answers there redirect {CHALLENGE_PATH} to {_redirect_target(wanted)}."
    move = f"change it to {_to_add(wanted)}, or use DNS-01"
    if not wanted.redirect_hosts:
        return f"{move[0].upper()}{move[1:]}."
    return f"Where a site runs there, let it redirect {CHALLENGE_PATH} to {_redirect_target(wanted)}; else {move}."


def _redirect_target(wanted: WantedAddress) -> str:
    hosts = (*wanted.redirect_hosts, *wanted.addresses)
    return f"http://{hosts[0]}{CHALLENGE_PATH}"


def _to_add(wanted: WantedAddress) -> str:
    return " and ".join(f"A {wanted.identifier} → {address}" for address in wanted.addresses)


def _problem(wanted: WantedAddress, code: str, sentence: str, found: str) -> Problem:
    return Problem(
        code, sentence, Actor.USER, subject=wanted.identifier, wanted=", ".join(wanted.addresses), found=found
    )
