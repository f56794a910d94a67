"""From what was found of a validation domain name to what is wrong with it, in one sentence for a person."""

import re

from certwright.domain.challenge_holders import find_holder
from certwright.domain.dns_facts import Chain, DelegationFacts, Lookup, Meaning, ZoneFacts
from certwright.domain.hop import Hop, Part, judge, unseen
from certwright.domain.identifier import Registrable
from certwright.domain.lookup_diagnosis import (
    describe,
    diagnose_chain_shape,
    diagnose_lookup,
    domain_hop,
    link_hops,
    registrable_by_two_labels,
)
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import NameCheck, WantedDelegation
from certwright.domain.zone_diagnosis import diagnose_zone, zone_hops

_TXT_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_ours(name: str, wanted: WantedDelegation) -> bool:
    """Tell whether a name is a target that counts or lies at or below an origin of the deployment."""
    return name in wanted.targets or any(name == each or name.endswith(f".{each}") for each in wanted.our_origins)


def zone_index(wanted: WantedDelegation, chain: Chain) -> int:
    """Pick the zone behind the target at which the chain ended, the shown one (0) where it ended at none."""
    return wanted.targets.index(chain.end) if chain.end in wanted.targets else 0


def diagnose_delegation(
    wanted: WantedDelegation,
    facts: DelegationFacts,
    zone: ZoneFacts,
    registrable: Registrable = registrable_by_two_labels,
) -> NameCheck:
    """Name the first broken hop: the zone behind the chain's end (`zone_index`), then the chain itself.

    A delegation to another owner goes before all that this one has yet to do: it may not be theirs to do. The target is
    told with a problem too: a zone is in use as long as a chain ends in it.
    """
    behind = wanted.zones[zone_index(wanted, facts.chain)]
    holder = _diagnose_holder(wanted, facts.chain)
    chain = holder or _diagnose_chain(wanted, facts, registrable)
    problem = holder or diagnose_zone(behind, zone, registrable) or chain
    hops = (*chain_hops(wanted, facts.chain, chain, registrable), *zone_hops(behind, zone, registrable))
    end = facts.chain.end
    return NameCheck(wanted.identifier, problem, end if end in wanted.targets else "", hops=hops)


def chain_hops(
    wanted: WantedDelegation, chain: Chain, problem: Problem | None, registrable: Registrable
) -> tuple[Hop, ...]:
    """Describe the domain's own servers and each link of the chain; a stranger's target is not shown."""
    first = chain.lookups[0]
    trouble = diagnose_lookup(first, registrable)
    domain = domain_hop(first, registrable)
    to_add = f"CNAME {wanted.targets[0]}"
    if trouble:
        return domain, unseen(Part.ALIAS, wanted.validation_name, to_add)
    if len(chain.names) == 1 or (problem and problem.code == "delegated-elsewhere"):
        return domain, judge(Part.ALIAS, wanted.validation_name, problem, wanted=to_add)
    return domain, *link_hops(chain, problem, to_add)


def _diagnose_holder(wanted: WantedDelegation, chain: Chain) -> Problem | None:
    is_others = chain.end not in wanted.targets and is_ours(chain.end, wanted)
    if not is_others or not _UUID.fullmatch(chain.end.partition(".")[0]) or diagnose_chain_shape(chain):
        return None
    sentence = (
        f"{wanted.validation_name} is delegated here already, but not by you. If the domain is yours, change it to "
        f"{_to_add(wanted)}; else ask who holds it."
    )
    return _problem(wanted, "delegated-elsewhere", sentence, "a delegation that is not yours")


def _diagnose_chain(wanted: WantedDelegation, facts: DelegationFacts, registrable: Registrable) -> Problem | None:
    chain = facts.chain
    if shape := diagnose_chain_shape(chain):
        return shape
    if chain.end in wanted.targets:
        return _diagnose_agreement(wanted, chain)
    if is_ours(chain.end, wanted):
        return _elsewhere(wanted, chain)
    if chain.lookups[0].zone == wanted.validation_name:
        return _ns_in_the_way(wanted)
    is_dangling = len(chain.names) > 1 and not chain.last.is_failed
    if not is_dangling and (trouble := diagnose_lookup(chain.last, registrable)):
        return trouble
    if len(chain.names) > 1:
        return _diagnose_stray(wanted, facts)
    return _diagnose_absence(wanted, facts)


def _diagnose_agreement(wanted: WantedDelegation, chain: Chain) -> Problem | None:
    lagging = next((lookup for lookup in chain.lookups if not lookup.is_agreed), None)
    if lagging is None:
        return None
    sentence = (
        f"Not all servers of {lagging.zone} have the CNAME of {lagging.name} yet. Wait until the DNS provider has "
        "copied it to all of them; ask there if it takes more than an hour."
    )
    return _problem(wanted, "cname-not-everywhere", sentence, "; ".join(map(describe, lagging.answers)), lagging.name)


def _ns_in_the_way(wanted: WantedDelegation) -> Problem:
    name = wanted.validation_name
    sentence = f"NS records stand at {name} and leave no room for a CNAME. Delete them and add {_to_add(wanted)}."
    return _problem(wanted, "ns-in-the-way", sentence, f"NS at {name}")


def _diagnose_stray(wanted: WantedDelegation, facts: DelegationFacts) -> Problem:
    chain = facts.chain
    first = chain.names[1]
    if facts.sibling is not None and first in facts.sibling.aliases:
        sentence = (
            f"A wildcard record answers for {wanted.validation_name} and leads to {first}. Leave the wildcard and add "
            f"{_to_add(wanted)}, which goes before it."
        )
        return _problem(wanted, "cname-from-wildcard", sentence, f"CNAME {first} from a wildcard")
    if any(first.startswith(f"{target}.") for target in wanted.targets):
        sentence = (
            f"The CNAME's value has the zone's name twice: {first}. Change it to {_to_add(wanted)}; some providers "
            "want a dot at its end."
        )
        return _problem(wanted, "cname-doubled", sentence, f"CNAME {first}")
    holder = find_holder(chain.names)
    if holder:
        sentence = (
            f"{wanted.validation_name} is in use by {holder}, which renews certificates of its own by it: "
            f"{' → '.join(chain.names)}. Where {holder} no longer needs it, change it to {_to_add(wanted)}; else use "
            "HTTP-01, or ask for names below another domain."
        )
        return _problem(wanted, "cname-of-provider", sentence, f"CNAME {' → '.join(chain.names[1:])}")
    return _elsewhere(wanted, chain)


def _elsewhere(wanted: WantedDelegation, chain: Chain) -> Problem:
    path = " → ".join(chain.names)
    sentence = f"{wanted.validation_name} leads elsewhere: {path}. Change it to {_to_add(wanted)}."
    return _problem(wanted, "cname-elsewhere", sentence, f"CNAME {' → '.join(chain.names[1:])}")


def _diagnose_absence(wanted: WantedDelegation, facts: DelegationFacts) -> Problem:
    name = wanted.validation_name
    if facts.doubled is not None and facts.doubled.aliases:
        sentence = (
            f"The CNAME stands at {facts.doubled.name}: the zone's name is in it twice. Delete it and add "
            f"{_to_add(wanted)}; some providers want the name without {facts.doubled.zone}, or with a dot at its end."
        )
        return _problem(wanted, "cname-doubled", sentence, f"CNAME at {facts.doubled.name}", facts.doubled.name)
    if facts.text is not None and facts.text.values and not _is_synthesized(facts.text, facts.sibling):
        are_answers = all(map(_TXT_VALUE.fullmatch, facts.text.values))
        whose = "TXT records of another ACME client" if are_answers else "TXT records"
        sentence = f"{whose} stand at {name} and leave no room for a CNAME. Delete them and add {_to_add(wanted)}."
        return _problem(wanted, "txt-in-the-way", sentence, f"TXT {', '.join(facts.text.values)}")
    address = facts.address
    if address is not None and address.values and not _is_synthesized(address, facts.sibling_address):
        sentence = (
            f"{name} answers with addresses in place of its CNAME: the record is proxied or flattened. Set it to “DNS "
            f"only” at the DNS provider, so that {_to_add(wanted)} can be seen."
        )
        return _problem(wanted, "cname-proxied", sentence, f"A {', '.join(address.values)}")
    sentence = f"{name} has no CNAME yet. Add {_to_add(wanted)}."
    return _problem(wanted, "cname-missing", sentence, _absence(facts.chain.last))


def _is_synthesized(text: Lookup, sibling: Lookup | None) -> bool:
    return sibling is not None and sibling.values == text.values


def _absence(lookup: Lookup) -> str:
    is_there = any(said.meaning is Meaning.NODATA for said in lookup.answers)
    return "other records, no CNAME" if is_there else "NXDOMAIN"


def _to_add(wanted: WantedDelegation) -> str:
    return f"CNAME {wanted.validation_name} → {wanted.targets[0]}"


def _problem(wanted: WantedDelegation, code: str, sentence: str, found: str, subject: str = "") -> Problem:
    wanted_record = f"CNAME {wanted.targets[0]}"
    return Problem(code, sentence, Actor.USER, subject or wanted.validation_name, wanted_record, found)
