"""From looked-up facts to problems: the rules that need no server to be seen."""

import dataclasses
from dataclasses import replace

import pytest

from certwright.domain.address_diagnosis import CHECK_PATH, addresses_elsewhere, diagnose_address
from certwright.domain.diagnosis import diagnose_delegation, is_ours, zone_index
from certwright.domain.dns_facts import (
    AddressFacts,
    Chain,
    DelegationFacts,
    HttpReply,
    Lookup,
    Meaning,
    Reached,
    Said,
    ZoneFacts,
)
from certwright.domain.lookup_diagnosis import diagnose_lookup, registrable_by_two_labels
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import WantedAddress, WantedDelegation, WantedZone
from certwright.domain.zone_diagnosis import diagnose_zone

ORIGIN, NAME_SERVER, ADDRESSES = "acme.example.com", "ns.example.com", ("198.51.100.1", "198.51.100.2")
UUID, STRANGER = "b6e4682c-5109-4a34-ac99-d5097d5b2b68", "0d4c1b5e-7a52-4f5b-9b3c-0f6a5e6d7c8b"
TARGET = f"{UUID}.{ORIGIN}"
ZONE = WantedZone(ORIGIN, NAME_SERVER, ADDRESSES)
WANTED = WantedDelegation("example.com", (TARGET,), (ZONE,), (ORIGIN, "acme.example.net"))
NAME = WANTED.validation_name


def look(name: str, type_: str, *said: Said, zone: str = "example.com", missing: str = "") -> Lookup:
    return Lookup(name, type_, zone, said, missing)


def said(meaning: Meaning, *values: str, server: str = "ns1", is_authoritative: bool = True) -> Said:
    return Said(server, meaning, values, is_authoritative=is_authoritative)


SOA = said(Meaning.FOUND, "soa")
SOUND = ZoneFacts(
    address=look(NAME_SERVER, "A", said(Meaning.FOUND, *ADDRESSES)),
    delegation=look(ORIGIN, "NS", said(Meaning.FOUND, NAME_SERVER, is_authoritative=False)),
    apex=look("example.com", "NS", said(Meaning.FOUND, "ns1.provider.net")),
    reached=tuple(Reached(address, SOA, SOA) for address in ADDRESSES),
)
CHAIN = Chain((NAME, TARGET), (look(NAME, "CNAME", said(Meaning.ALIAS, TARGET)),))


def broken(*hops: str) -> ZoneFacts:
    """A zone with the given hops broken, the others in order."""
    facts = SOUND
    if "apex" in hops:
        facts = replace(facts, apex=look("example.com", "NS", said(Meaning.FOUND, NAME_SERVER, "ns1.provider.net")))
    if "address" in hops:
        facts = replace(facts, address=look(NAME_SERVER, "A", said(Meaning.NXDOMAIN), missing=NAME_SERVER))
    if "delegation" in hops:
        facts = replace(facts, delegation=look(ORIGIN, "NS", said(Meaning.NODATA)))
    if "reached" in hops:
        facts = replace(facts, reached=tuple(Reached(address, said(Meaning.SILENT), None) for address in ADDRESSES))
    return facts


def code(problem: Problem | None) -> str:
    return problem.code if problem else ""


@pytest.mark.parametrize(
    ("hops", "first"),
    [
        ((), ""),
        (("reached",), "unreachable-udp"),
        (("delegation", "reached"), "zone-ns-missing"),
        (("address", "delegation", "reached"), "zone-address-missing"),
        (("apex", "address", "delegation", "reached"), "ns-at-apex"),
    ],
)
def test_hops_are_named_in_order(hops: tuple[str, ...], first: str) -> None:
    """A before NS before reachability, whatever else is broken; an NS at the apex before all, as it does harm."""
    assert code(diagnose_zone(ZONE, broken(*hops))) == first


@pytest.mark.parametrize("hop", ["apex", "address", "delegation", "reached"])
def test_the_zone_goes_before_the_chain(hop: str) -> None:
    """A chain is judged only once its zone stands."""
    missing = DelegationFacts(Chain((NAME,), (look(NAME, "CNAME", said(Meaning.NXDOMAIN), missing=NAME),)))
    check = diagnose_delegation(WANTED, missing, broken(hop))
    assert code(check.problem) == code(diagnose_zone(ZONE, broken(hop)))
    assert code(diagnose_delegation(WANTED, missing, SOUND).problem) == "cname-missing"


def test_a_sound_delegation_tells_its_target() -> None:
    """The target is the name to publish at; with a problem it tells that the zone is in use still."""
    check = diagnose_delegation(WANTED, DelegationFacts(CHAIN), SOUND)
    assert (check.identifier, check.problem, check.target) == ("example.com", None, TARGET)
    assert diagnose_delegation(WANTED, DelegationFacts(CHAIN), broken("reached")).target == TARGET


@pytest.mark.parametrize(
    ("found", "first"),
    [
        (ADDRESSES, ""),
        (ADDRESSES[:1], ""),
        ((*ADDRESSES, "203.0.113.9"), "zone-address-elsewhere"),
        (("203.0.113.9",), "zone-address-elsewhere"),
        ((), "zone-address-missing"),
    ],
)
def test_the_name_servers_addresses_must_be_ours(found: tuple[str, ...], first: str) -> None:
    """Some of ours are enough to be reached; one of somebody else's could answer a CA in our place."""
    meaning = Meaning.FOUND if found else Meaning.NODATA
    facts = replace(SOUND, address=look(NAME_SERVER, "A", said(meaning, *found)))
    assert code(diagnose_zone(ZONE, facts)) == first


def test_parent_servers_that_differ_on_the_delegation_are_told() -> None:
    """A delegation that one server of the parent lacks does not hold everywhere yet."""
    one = said(Meaning.FOUND, NAME_SERVER, is_authoritative=False)
    facts = replace(SOUND, delegation=look(ORIGIN, "NS", one, said(Meaning.NXDOMAIN, server="ns2")))
    problem = diagnose_zone(ZONE, facts)
    assert problem is not None
    assert problem.code == "zone-ns-not-everywhere"
    assert problem.sentence == (
        f"Not all servers of example.com have NS {ORIGIN} → {NAME_SERVER} yet. Wait until the DNS provider has "
        "copied it to all."
    )


@pytest.mark.parametrize(
    ("udp", "tcp", "expected", "actor"),
    [
        (Meaning.SILENT, None, "unreachable-udp", Actor.OPERATOR),
        (Meaning.FOUND, Meaning.SILENT, "unreachable-tcp", Actor.OPERATOR),
        (Meaning.LAME, None, "lame", Actor.US),
        (Meaning.FAILING, None, "lame", Actor.US),
        (Meaning.FOUND, Meaning.LAME, "lame", Actor.US),
        (Meaning.FORBIDDEN, None, "egress-refused", Actor.OPERATOR),
    ],
)
def test_our_own_servers_trouble_is_never_the_users(
    udp: Meaning, tcp: Meaning | None, expected: str, actor: Actor
) -> None:
    """What our name server does wrong is for us or the operator to mend."""
    reached = Reached(ADDRESSES[1], said(udp), said(tcp) if tcp else None)
    problem = diagnose_zone(ZONE, replace(SOUND, reached=(SOUND.reached[0], reached)))
    assert problem is not None
    assert (problem.code, problem.actor, problem.subject) == (expected, actor, f"{NAME_SERVER} ({ADDRESSES[1]})")


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (TARGET, ""),
        (f"{STRANGER}.{ORIGIN}", "delegated-elsewhere"),
        (f"{STRANGER}.acme.example.net", "delegated-elsewhere"),
        (f"x.{STRANGER}.{ORIGIN}", "cname-elsewhere"),
        (f"{STRANGER}x.{ORIGIN}", "cname-elsewhere"),
        (ORIGIN, "cname-elsewhere"),
        (f"{TARGET}.example.com", "cname-doubled"),
        (f"{UUID}.acme.example.org", "cname-elsewhere"),
        (f"{STRANGER}.not{ORIGIN}", "cname-elsewhere"),
    ],
)
def test_where_a_chain_ends_decides(end: str, expected: str) -> None:
    """Only a target counts; another's delegation is one in any zone of the deployment, matched by labels."""
    lookups = [look(NAME, "CNAME", said(Meaning.ALIAS, end))]
    if not is_ours(end, WANTED):
        lookups.append(look(end, "CNAME", said(Meaning.NODATA)))
    check = diagnose_delegation(WANTED, DelegationFacts(Chain((NAME, end), tuple(lookups))), SOUND)
    assert code(check.problem) == expected


def test_anothers_delegation_goes_before_a_zone_that_is_not_set_up() -> None:
    """Nobody is told to add records for a name that is another's."""
    end = f"{STRANGER}.{ORIGIN}"
    chain = Chain((NAME, end), (look(NAME, "CNAME", said(Meaning.ALIAS, end)),))
    check = diagnose_delegation(WANTED, DelegationFacts(chain), broken("address", "delegation"))
    assert code(check.problem) == "delegated-elsewhere"


def test_no_field_of_a_problem_shows_a_strangers_delegation() -> None:
    """Neither the other's subdomain nor its zone is told."""
    end = f"{STRANGER}.acme.example.net"
    chain = Chain((NAME, end), (look(NAME, "CNAME", said(Meaning.ALIAS, end)),))
    problem = diagnose_delegation(WANTED, DelegationFacts(chain), SOUND).problem
    assert problem is not None
    text = " ".join(str(value) for value in dataclasses.astuple(problem))
    assert STRANGER not in text
    assert "example.net" not in text


def test_the_zone_behind_the_end_is_the_one_that_counts() -> None:
    """The chain's end picks the zone by its place; the shown zone serves where the chain ends nowhere of ours."""
    older = f"{UUID}.old.example.com"
    wanted = replace(WANTED, targets=(TARGET, older), zones=(ZONE, replace(ZONE, origin="old.example.com")))
    assert zone_index(wanted, CHAIN) == 0
    assert zone_index(wanted, Chain((NAME, older), CHAIN.lookups)) == 1
    assert zone_index(wanted, Chain((NAME, "www.example.org"), CHAIN.lookups)) == 0


def test_a_wildcards_txt_is_not_in_the_way() -> None:
    """A TXT that a random neighbour has as well comes from a wildcard, and a CNAME beside it is allowed."""
    chain = Chain((NAME,), (look(NAME, "CNAME", said(Meaning.NODATA)),))
    text = look(NAME, "TXT", said(Meaning.FOUND, "v=spf1"))
    same, other = (
        look("r.example.com", "TXT", said(Meaning.FOUND, "v=spf1")),
        look("r.example.com", "TXT", said(Meaning.NXDOMAIN)),
    )
    assert (
        code(diagnose_delegation(WANTED, DelegationFacts(chain, sibling=same, text=text), SOUND).problem)
        == "cname-missing"
    )
    assert (
        code(diagnose_delegation(WANTED, DelegationFacts(chain, sibling=other, text=text), SOUND).problem)
        == "txt-in-the-way"
    )


def test_a_dangling_alias_is_elsewhere_and_a_silent_one_is_not_judged() -> None:
    """Where the alias's own servers are silent, the chain may still lead to us: nothing is said against it."""
    names = (NAME, "proof.example.org")
    first = look(NAME, "CNAME", said(Meaning.ALIAS, names[1]))
    gone = look(names[1], "CNAME", said(Meaning.NXDOMAIN), zone="org", missing="example.org")
    silent = look(names[1], "CNAME", said(Meaning.SILENT), zone="example.org")
    for last, expected in ((gone, "cname-elsewhere"), (silent, "dns-failure")):
        check = diagnose_delegation(WANTED, DelegationFacts(Chain(names, (first, last))), SOUND)
        assert code(check.problem) == expected


@pytest.mark.parametrize(
    ("meanings", "expected"),
    [
        ((Meaning.SILENT, Meaning.SILENT), "dns-failure"),
        ((Meaning.FAILING,), "dns-failure"),
        ((Meaning.ADDRESSLESS,), "dns-failure"),
        ((Meaning.LAME, Meaning.SILENT), "dns-failure"),
        ((Meaning.LAME, Meaning.LAME), "lame"),
        ((Meaning.IPV6_ONLY,), "ipv6-not-testable"),
        ((Meaning.IPV6_ONLY, Meaning.SILENT), "dns-failure"),
        ((Meaning.FORBIDDEN,), "egress-refused"),
        ((), "dns-failure"),
        ((Meaning.SILENT, Meaning.NODATA), ""),
    ],
)
def test_a_failure_is_named_when_all_servers_fail_alike(meanings: tuple[Meaning, ...], expected: str) -> None:
    """One answer is an answer; a special name is given only where every server has the same trouble."""
    lookup = look(NAME, "CNAME", *(said(meaning, server=f"ns{at}") for at, meaning in enumerate(meanings)))
    assert code(diagnose_lookup(lookup, registrable_by_two_labels)) == expected


@pytest.mark.parametrize(
    ("zone", "missing", "expected"),
    [
        ("", "invalid", "domain-missing"),
        ("com", "example.com", "domain-missing"),
        ("co.uk", "example.co.uk", "domain-missing"),
        ("example.com", "www.example.com", ""),
    ],
)
def test_only_a_registrys_denial_means_that_the_domain_is_missing(zone: str, missing: str, expected: str) -> None:
    """Below a registered domain a missing name is for its owner to add; above, it is for a registrar."""

    def registrable(name: str) -> str | None:
        return None if name in ("com", "uk", "co.uk") else name

    lookup = look(f"_acme-challenge.{missing}", "CNAME", said(Meaning.NXDOMAIN), zone=zone, missing=missing)
    problem = diagnose_lookup(lookup, registrable)
    assert code(problem) == expected
    assert problem is None or problem.subject == missing


@pytest.mark.parametrize(
    ("zone", "actor"),
    [("example.com", Actor.USER), ("com", Actor.US), ("", Actor.US)],
    ids=["domain", "registry", "root"],
)
def test_a_silent_registry_is_not_the_users_fault(zone: str, actor: Actor) -> None:
    """Where the root or a registry does not answer, the trouble is on our side of the network."""
    problem = diagnose_lookup(look(NAME, "CNAME", said(Meaning.SILENT), zone=zone), registrable_by_two_labels)
    assert problem is not None
    assert problem.actor is actor


HTTP = WantedAddress("www.example.com", ("198.51.100.1",), ("ns.example.com", "challenges.example.net"))


@pytest.mark.parametrize(
    ("addresses", "reply", "expected"),
    [
        (("198.51.100.1",), None, ""),
        (("203.0.113.9",), None, "address-elsewhere"),
        (("203.0.113.9",), HttpReply("203.0.113.9", 301, "ns.example.com", CHECK_PATH), ""),
        (("203.0.113.9",), HttpReply("203.0.113.9", 308, "challenges.example.net", CHECK_PATH), ""),
        (("203.0.113.9",), HttpReply("203.0.113.9", 303, "ns.example.com", CHECK_PATH), "address-elsewhere"),
        (("203.0.113.9",), HttpReply("203.0.113.9", 301, "ns.example.org", CHECK_PATH), "address-elsewhere"),
        (("203.0.113.9",), HttpReply("203.0.113.9", 301, "ns.example.com", "/"), "redirect-path-lost"),
        (("203.0.113.9",), HttpReply("203.0.113.9", 0, detail="no reply in time"), "address-elsewhere"),
        (("198.51.100.1", "203.0.113.9"), HttpReply("203.0.113.9", 200), "address-elsewhere"),
        ((), None, "address-missing"),
    ],
)
def test_http_01_reaches_us_by_address_or_redirect(
    addresses: tuple[str, ...], reply: HttpReply | None, expected: str
) -> None:
    """All addresses ours, or a redirect that keeps the path to one of our hosts; nothing else."""
    found = said(Meaning.FOUND, *addresses) if addresses else said(Meaning.NODATA)
    facts = AddressFacts(Chain((HTTP.identifier,), (look(HTTP.identifier, "A", found),)), reply)
    assert code(diagnose_address(HTTP, facts).problem) == expected
    assert addresses_elsewhere(HTTP, facts) == tuple(each for each in addresses if each != "198.51.100.1")


def test_without_a_redirect_host_none_is_offered() -> None:
    """Where nothing could take a redirect, the sentence offers the addresses and DNS-01 only."""
    facts = AddressFacts(Chain((HTTP.identifier,), (look(HTTP.identifier, "A", said(Meaning.FOUND, "203.0.113.9")),)))
    problem = diagnose_address(replace(HTTP, redirect_hosts=()), facts).problem
    assert problem is not None
    assert problem.sentence == (
        "www.example.com leads to 203.0.113.9, not to us. Change it to A www.example.com → 198.51.100.1, or use DNS-01."
    )
