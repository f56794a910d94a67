"""From what was found of a delegated zone to what is wrong with it, hop by hop: A, NS, reachability."""

import ipaddress

from certwright.domain.dns_facts import Lookup, Meaning, Reached, Said, ZoneFacts
from certwright.domain.hop import Hop, Part, judge, unseen
from certwright.domain.identifier import Registrable
from certwright.domain.lookup_diagnosis import describe, diagnose_lookup, registrable_by_two_labels
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import WantedZone


def diagnose_zone(
    wanted: WantedZone, facts: ZoneFacts, registrable: Registrable = registrable_by_two_labels
) -> Problem | None:
    """Name the first broken hop; an NS at the apex goes before all, since it takes the whole domain down."""
    return (
        _diagnose_apex(wanted, facts.apex)
        or _diagnose_address(wanted, facts.address, registrable)
        or _diagnose_delegation(wanted, facts.delegation, registrable)
        or _diagnose_signer(wanted, facts.signer)
        or next(filter(None, (_diagnose_reached(wanted, reached) for reached in facts.reached)), None)
    )


def zone_hops(
    wanted: WantedZone, facts: ZoneFacts, registrable: Registrable = registrable_by_two_labels
) -> tuple[Hop, ...]:
    """Describe the delegation, the name server and our node at each of its addresses."""
    delegation = (
        _diagnose_apex(wanted, facts.apex)
        or _diagnose_delegation(wanted, facts.delegation, registrable)
        or _diagnose_signer(wanted, facts.signer)
    )
    address = _diagnose_address(wanted, facts.address, registrable)
    soa = f"SOA {wanted.origin} over UDP and TCP"
    nodes = [judge(Part.NODE, item.address, _diagnose_reached(wanted, item), wanted=soa) for item in facts.reached]
    return (
        judge(
            Part.DELEGATION,
            wanted.origin,
            delegation,
            wanted=f"NS {wanted.name_server}",
            found=_found("NS", facts.delegation),
        ),
        judge(
            Part.NAME_SERVER,
            wanted.name_server,
            address,
            wanted=f"A {', '.join(wanted.addresses)}",
            found=_found("A", facts.address),
        ),
        *(nodes or [unseen(Part.NODE, wanted.name_server, soa)]),
    )


def _found(type_: str, lookup: Lookup) -> str:
    return f"{type_} {', '.join(lookup.values)}" if lookup.values else ""


def _diagnose_apex(wanted: WantedZone, apex: Lookup) -> Problem | None:
    if wanted.name_server not in apex.values:
        return None
    return Problem(
        code="ns-at-apex",
        sentence=f"The NS record was added to {apex.name} itself, which hands us the whole domain and breaks it. "
        f"Delete NS {apex.name} → {wanted.name_server} at once, and add NS {wanted.origin} → {wanted.name_server}.",
        actor=Actor.USER,
        subject=apex.name,
        wanted=f"NS {wanted.origin} {wanted.name_server}",
        found=f"NS {apex.name} {wanted.name_server}",
    )


def _diagnose_address(wanted: WantedZone, address: Lookup, registrable: Registrable) -> Problem | None:
    to_add = " and ".join(f"A {wanted.name_server} → {each}" for each in wanted.addresses)
    is_without_glue = address.zone == wanted.origin and {said.meaning for said in address.said} == {Meaning.ADDRESSLESS}
    if not is_without_glue and (trouble := diagnose_lookup(address, registrable)):
        return trouble
    if address.aliases:  # RFC 2181 §10.3
        sentence = f"{wanted.name_server} is a CNAME, which a name server may not be. Delete it and add {to_add}."
        return _address_problem(wanted, "zone-address-alias", sentence, f"CNAME {', '.join(address.aliases)}")
    if not address.values:
        sentence = f"The name server {wanted.name_server} has no address yet. Add {to_add}."
        return _address_problem(wanted, "zone-address-missing", sentence, "no A record")
    strays = [value for value in address.values if value not in wanted.addresses]
    if strays:
        sentence = (
            f"The name server {wanted.name_server} leads to {', '.join(strays)}, not to us. Change it to {to_add}."
        )
        return _address_problem(wanted, "zone-address-elsewhere", sentence, ", ".join(address.values))
    return None


def _address_problem(wanted: WantedZone, code: str, sentence: str, found: str) -> Problem:
    return Problem(code, sentence, Actor.USER, wanted.name_server, wanted=", ".join(wanted.addresses), found=found)


def _diagnose_delegation(wanted: WantedZone, delegation: Lookup, registrable: Registrable) -> Problem | None:
    if trouble := diagnose_lookup(delegation, registrable):
        return trouble
    to_add = f"NS {wanted.origin} → {wanted.name_server}"
    if not delegation.values:
        sentence = f"{wanted.origin} is not delegated yet. Add {to_add}."
        return _ns_problem(wanted, "zone-ns-missing", sentence, "no NS record")
    if delegation.values != (wanted.name_server,):
        return _diagnose_other_servers(wanted, delegation.values, to_add)
    if not delegation.is_agreed:
        sentence = (
            f"Not all servers of {delegation.zone} have {to_add} yet. Wait until the DNS provider has copied it to all."
        )
        return _ns_problem(wanted, "zone-ns-not-everywhere", sentence, "; ".join(map(describe, delegation.answers)))
    if any(said.is_authoritative for said in delegation.answers):
        sentence = (
            f"The DNS provider serves {wanted.origin} as a zone of its own. Delete that zone there and add {to_add}."
        )
        return _ns_problem(wanted, "zone-ns-elsewhere", sentence, f"{delegation.answers[0].server} answers for it")
    return None


def _diagnose_signer(wanted: WantedZone, signer: Lookup | None) -> Problem | None:
    """A DS promises signatures, and we make none: validating resolvers would take our answers for forged."""
    if signer is None or not signer.values:
        return None
    sentence = (
        f"A DS record stands at {wanted.origin}, so CAs expect signatures, which this zone does not have. Delete all "
        f"DS records of {wanted.origin} at the DNS provider of {signer.zone}; those of {signer.zone} itself stay."
    )
    return Problem(
        "zone-ds", sentence, Actor.USER, wanted.origin, f"no DS {wanted.origin}", f"DS {', '.join(signer.values)}"
    )


def _diagnose_other_servers(wanted: WantedZone, found: tuple[str, ...], to_add: str) -> Problem:
    evidence = ", ".join(found)
    addresses = [value for value in found if _is_address(value)]
    if addresses:
        sentence = f"The NS record of {wanted.origin} holds the address {addresses[0]}; it takes a name: {to_add}."
        return _ns_problem(wanted, "ns-with-address", sentence, evidence)
    sentence = (
        f"{wanted.origin} is delegated to {evidence}, not to us alone. Its one NS record has to be {to_add}; "
        "delete any other."
    )
    return _ns_problem(wanted, "zone-ns-elsewhere", sentence, evidence)


def _ns_problem(wanted: WantedZone, code: str, sentence: str, found: str) -> Problem:
    return Problem(code, sentence, Actor.USER, subject=wanted.origin, wanted=f"NS {wanted.name_server}", found=found)


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _diagnose_reached(wanted: WantedZone, reached: Reached) -> Problem | None:
    for protocol, said in (("UDP", reached.udp), ("TCP", reached.tcp)):
        if said is not None and said.meaning is not Meaning.FOUND:
            return _reached_problem(wanted, reached.address, protocol, said)
    return None


def _reached_problem(wanted: WantedZone, address: str, protocol: str, said: Said) -> Problem:
    server = f"{wanted.name_server} ({address})"
    soa = f"SOA {wanted.origin} over {protocol}"
    match said.meaning:
        case Meaning.FORBIDDEN:
            sentence = f"The name server's address may not be reached from here. {said.detail}"
            return Problem("egress-refused", sentence, Actor.OPERATOR, server, soa, said.detail)
        case Meaning.SILENT:
            sentence = (
                f"The name server {server} does not answer over {protocol} ({said.detail}). An operator must look "
                f"whether it runs and whether its port is open for {protocol}; nothing is wrong with your records."
            )
            return Problem(f"unreachable-{protocol.lower()}", sentence, Actor.OPERATOR, server, soa, said.detail)
        case _:
            sentence = (
                f"The name server {server} answers, but not for {wanted.origin} ({said.detail}). A new zone is served "
                "within seconds; if this lasts, an operator must look at the name server."
            )
            return Problem("lame", sentence, Actor.US, server, soa, said.detail)
