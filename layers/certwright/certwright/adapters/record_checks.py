"""`RecordChecks`: gather what the world sees of a name, then let the domain judge it."""

import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from certwright.adapters.caa_walk import find_caa
from certwright.adapters.dns_chain import follow
from certwright.adapters.dns_exchange import Exchange
from certwright.adapters.dns_walk import ROOT_HINTS, Walk
from certwright.adapters.egress import Budget, Egress
from certwright.adapters.http_check import Page, follow_redirects
from certwright.adapters.parallel import in_parallel
from certwright.adapters.resolvers import Question, find_bogus
from certwright.domain.address_diagnosis import (
    addresses_elsewhere,
    diagnose_address,
    facts_of_address,
    is_our_answer,
    is_probe_of_use,
)
from certwright.domain.caa_diagnosis import diagnose_caa
from certwright.domain.diagnosis import diagnose_delegation, is_ours, zone_index
from certwright.domain.dns_facts import AddressFacts, Chain, DelegationFacts, Lookup, Meaning, Reached, ZoneFacts
from certwright.domain.dnssec_diagnosis import diagnose_validation
from certwright.domain.errors import Unavailable
from certwright.domain.identifier import Registrable, as_host, read_address
from certwright.domain.lookup_diagnosis import registrable_by_two_labels
from certwright.domain.probe import probe_path
from certwright.domain.problem import Problem
from certwright.domain.records import NameCheck, WantedAddress, WantedCaa, WantedDelegation, WantedZone
from certwright.domain.zone_diagnosis import diagnose_zone

LONGEST_BODY = 1024
"""So much of a reply to a probe is read; our own is shorter."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a check waits: for one try, for all of it."""

    try_seconds: float = 1.5
    tries: int = 2
    check_seconds: float = 8.0


@dataclass(frozen=True, slots=True)
class WalkedRecords:
    """Check records by walks from the root hints (IPv4 addresses; the Internet's where none are given).

    The ports are those of the egress policy.

    `registrable` tells public suffixes from domains, so that a domain which doesn't exist is not taken for a record
    that is missing. `resolvers` are validating resolvers, asked for DNSSEC at the DNS check port; none are where empty.
    """

    egress: Egress
    root_hints: Sequence[str] = ()
    registrable: Registrable = registrable_by_two_labels
    pace: Pace = Pace()
    resolvers: Sequence[str] = ()

    def check_delegation(self, wanted: WantedDelegation) -> NameCheck:
        """Walk the validation domain name and the zone behind its end; the problem names the first broken hop."""
        walk, budget = self._start()
        walk.learn(_common_suffix(wanted.validation_name, wanted.zones[0].name_server, wanted.zones[0].origin))
        with ThreadPoolExecutor(1) as pool:
            shown = pool.submit(_look_at_zone, walk, wanted.zones[0])
            chain = follow(walk, wanted.validation_name, "CNAME", partial(is_ours, wanted=wanted))
            facts = _explain(walk, wanted, chain)
            index = zone_index(wanted, chain)
            zone = shown.result() if index == 0 else _look_at_zone(walk, wanted.zones[index])
        check = diagnose_delegation(wanted, facts, zone, self.registrable)
        questions = ((wanted.validation_name, "CNAME"), (wanted.zones[index].origin, "SOA"))
        return self._validated(check, questions, budget)

    def check_zone(self, wanted: WantedZone) -> Problem | None:
        """Look whether the zone is delegated to us and answers over UDP and TCP."""
        walk, _ = self._start()
        walk.learn(_common_suffix(wanted.name_server, wanted.origin))
        return diagnose_zone(wanted, _look_at_zone(walk, wanted), self.registrable)

    def check_address(self, wanted: WantedAddress) -> NameCheck:
        """Look whether HTTP-01 for the identifier reaches us, by its address or by a redirect."""
        walk, budget = self._start()
        known = facts_of_address(wanted.identifier)
        facts = known or _look_at_addresses(walk, wanted.identifier)
        elsewhere = addresses_elsewhere(wanted, facts)
        if elsewhere:
            page = Page(as_host(wanted.identifier), elsewhere[0])
            is_ours = wanted.redirect_hosts.__contains__
            reply = follow_redirects(page, partial(_find_address, walk), is_ours, self.egress, budget)
            facts = replace(facts, reply=reply)
        check = diagnose_address(wanted, facts, self.registrable)
        if wanted.deployment and is_probe_of_use(check):
            check = diagnose_address(wanted, self._probe(walk, wanted, facts, budget), self.registrable)
        return check if known else self._validated(check, ((wanted.identifier, "A"),), budget)

    def _probe(self, walk: Walk, wanted: WantedAddress, facts: AddressFacts, budget: Budget) -> AddressFacts:
        """Ask the name itself for an answer that only our nodes give, following redirects to their end."""
        address = next(iter((*addresses_elsewhere(wanted, facts), *facts.chain.last.values)))
        page = Page(as_host(wanted.identifier), address, probe_path(secrets.token_urlsafe(16)), most_body=LONGEST_BODY)
        find_address = partial(_find_our_address, walk, wanted)
        reply = follow_redirects(page, find_address, lambda _: False, self.egress, budget)
        return replace(facts, probed=reply, is_answered=is_our_answer(wanted, page.path, reply))

    def check_caa(self, wanted: WantedCaa) -> NameCheck:
        """Find the CAA records that count for an identifier, and judge them for its names."""
        walk, _ = self._start()
        return diagnose_caa(wanted, find_caa(walk, wanted.identifier, self.registrable), self.registrable)

    def read_txt(self, name: str) -> tuple[str, ...]:
        """Read the TXT values that all authoritative servers have; `Unavailable` where none of them answers."""
        walk, _ = self._start()
        last = follow(walk, name, "TXT").last
        if last.is_failed:
            raise Unavailable(f"The TXT records of {name} can't be read: no name server of {last.zone or '.'} answers.")
        return tuple(value for value in last.values if all(value in said.values for said in last.answers))

    def find_aliases(self, name: str, last_label: str) -> tuple[str, ...]:
        """Follow the CNAMEs of a name; `Unavailable` where none of its zone's servers answers."""
        walk, _ = self._start()
        chain = follow(walk, name, "CNAME", lambda alias: alias.partition(".")[0] == last_label)
        if chain.lookups[0].is_failed:
            raise Unavailable(f"The CNAME of {name} can't be read: no name server of its zone answers.")
        return chain.names[1:]

    def _validated(self, check: NameCheck, questions: Sequence[Question], budget: Budget) -> NameCheck:
        """Have resolvers judge DNSSEC once all stands: never before, a resolver would remember what was missing."""
        if check.problem or not self.resolvers:
            return check
        exchange = Exchange(self.egress.dns_port, self.egress, budget, self.pace.try_seconds, self.pace.tries)
        return diagnose_validation(check, self.resolvers, find_bogus(exchange, self.resolvers, questions))

    def _start(self) -> tuple[Walk, Budget]:
        budget = Budget(seconds=self.pace.check_seconds)
        exchange = Exchange(self.egress.dns_port, self.egress, budget, self.pace.try_seconds, self.pace.tries)
        return Walk(self.root_hints or ROOT_HINTS, exchange), budget


def _common_suffix(*names: str) -> str:
    """Find the deepest name at or above all the names."""
    reversed_labels = [name.split(".")[::-1] for name in names]
    shared = []
    for labels in zip(*reversed_labels, strict=False):
        if len(set(labels)) > 1:
            break
        shared.append(labels[0])
    return ".".join(reversed(shared))


def _look_at_zone(walk: Walk, wanted: WantedZone) -> ZoneFacts:
    """Look up A and NS at the same time, then ask each address for the zone's SOA."""
    address, delegation, signer = in_parallel(
        [
            partial(walk.lookup, wanted.name_server, "A"),
            partial(walk.lookup, wanted.origin, "NS", is_asked_above=True),
            partial(walk.lookup, wanted.origin, "DS", is_asked_above=True),
        ]
    )
    apex = _look_at_apex(walk, delegation)
    reached = in_parallel([partial(_reach, walk, wanted.origin, each) for each in address.values])
    return ZoneFacts(address, delegation, apex, reached, signer)


def _look_at_addresses(walk: Walk, name: str) -> AddressFacts:
    """Look up A, and AAAA where that ends."""
    chain = follow(walk, name, "A")
    is_at_end = not chain.last.is_failed and not chain.is_loop and not chain.is_too_long
    return AddressFacts(chain, ipv6=walk.lookup(chain.end, "AAAA") if is_at_end else None)


def _find_address(walk: Walk, host: str) -> str:
    """Find an IPv4 address of a redirect's host, empty for none: CAs refuse redirects to bare addresses."""
    return "" if read_address(host) else next(iter(follow(walk, host, "A").last.values), "")


def _find_our_address(walk: Walk, wanted: WantedAddress, host: str) -> str:
    """Find an address of a redirect's host: ours, where it is a host of ours."""
    return wanted.addresses[0] if host in wanted.redirect_hosts and wanted.addresses else _find_address(walk, host)


def _look_at_apex(walk: Walk, delegation: Lookup) -> Lookup:
    """Look up the NS that the zone above has of its own; a top-level zone's can't be the user's doing."""
    zone = delegation.zone
    if delegation.is_failed or "." not in zone:
        return Lookup(zone, "NS", zone, ())
    return walk.lookup(zone, "NS")


def _reach(walk: Walk, origin: str, address: str) -> Reached:
    udp = walk.ask_soa(address, origin, is_tcp=False)
    tcp = walk.ask_soa(address, origin, is_tcp=True) if udp.meaning is Meaning.FOUND else None
    return Reached(address, udp, tcp)


def _explain(walk: Walk, wanted: WantedDelegation, chain: Chain) -> DelegationFacts:
    """Gather what explains a chain that leads nowhere of ours: a wildcard, a TXT, a name written twice."""
    if chain.last.is_failed or is_ours(chain.end, wanted):
        return DelegationFacts(chain)
    name = wanted.validation_name
    sibling = f"{secrets.token_hex(8)}.{wanted.identifier}"
    if len(chain.names) > 1:
        return DelegationFacts(chain, sibling=walk.lookup(sibling, "CNAME"))
    facts = in_parallel(
        [
            partial(walk.lookup, sibling, "TXT"),
            partial(walk.lookup, name, "TXT"),
            partial(walk.lookup, f"{name}.{chain.last.zone}", "CNAME"),
            partial(walk.lookup, name, "A"),
            partial(walk.lookup, sibling, "A"),
        ]
    )
    return DelegationFacts(chain, *facts)
