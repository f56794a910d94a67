"""Every state of a delegation as the world shows it, and the sentence for it."""

from typing import NamedTuple

import pytest

from certwright.domain.problem import Actor
from tests.support.dns_servers import serving
from tests.support.dns_world import (
    NODE,
    NODE_ZONE,
    NS,
    OTHER,
    STRANGER,
    TARGET,
    A,
    World,
    cname,
    delegation,
)

NAME = "_acme-challenge.example.test"
ADD_A = f"A ns.example.test → {NODE}"
ADD_NS = "NS acme.example.test → ns.example.test"
ADD_CNAME = f"CNAME {NAME} → {TARGET}"

type Records = list[tuple[str, str, str]]


class State(NamedTuple):
    """What the world shows, and what is said of it."""

    shown: str
    code: str
    records: Records
    sentence: str


ZONE_STATES: list[State] = [
    State(
        "nothing there", "zone-address-missing", [], f"The name server ns.example.test has no address yet. Add {ADD_A}."
    ),
    State(
        "an NS, no A", "zone-address-missing", [NS], f"The name server ns.example.test has no address yet. Add {ADD_A}."
    ),
    State(
        "A elsewhere",
        "zone-address-elsewhere",
        [("A", "ns.example.test", OTHER)],
        f"The name server ns.example.test leads to {OTHER}, not to us. Change it to {ADD_A}.",
    ),
    State(
        "a second A elsewhere",
        "zone-address-elsewhere",
        [A, ("A", "ns.example.test", OTHER), NS],
        f"The name server ns.example.test leads to {OTHER}, not to us. Change it to {ADD_A}.",
    ),
    State(
        "a CNAME for the name server",
        "zone-address-alias",
        [("CNAME", "ns.example.test", "www.example.test")],
        f"ns.example.test is a CNAME, which a name server may not be. Delete it and add {ADD_A}.",
    ),
    State("no NS", "zone-ns-missing", [A], f"acme.example.test is not delegated yet. Add {ADD_NS}."),
    State(
        "another record in place of the NS",
        "zone-ns-missing",
        [A, ("TXT", "acme.example.test", "hello")],
        f"acme.example.test is not delegated yet. Add {ADD_NS}.",
    ),
    State(
        "NS elsewhere",
        "zone-ns-elsewhere",
        [A, ("NS", "acme.example.test", "ns.other.test")],
        "acme.example.test is delegated to ns.other.test, not to us alone. "
        f"Its one NS record has to be {ADD_NS}; delete any other.",
    ),
    State(
        "a second NS elsewhere",
        "zone-ns-elsewhere",
        [A, NS, ("NS", "acme.example.test", "ns.other.test")],
        "acme.example.test is delegated to ns.example.test, ns.other.test, not to us alone. "
        f"Its one NS record has to be {ADD_NS}; delete any other.",
    ),
    State(
        "an address in the NS",
        "ns-with-address",
        [A, ("NS", "acme.example.test", NODE)],
        f"The NS record of acme.example.test holds the address {NODE}; it takes a name: {ADD_NS}.",
    ),
    State(
        "NS at the apex",
        "ns-at-apex",
        [A, ("NS", "example.test", "ns.example.test")],
        "The NS record was added to example.test itself, which hands us the whole domain and breaks it. "
        f"Delete NS example.test → ns.example.test at once, and add {ADD_NS}.",
    ),
]

CHAIN_STATES: list[State] = [
    State("no CNAME", "cname-missing", [], f"{NAME} has no CNAME yet. Add {ADD_CNAME}."),
    State(
        "a TXT from a wildcard",
        "cname-missing",
        [("TXT", "*.example.test", "v=spf1 -all")],
        f"{NAME} has no CNAME yet. Add {ADD_CNAME}.",
    ),
    State(
        "CNAME elsewhere",
        "cname-elsewhere",
        [cname("www.other.test")],
        f"{NAME} leads elsewhere: {NAME} → www.other.test. Change it to {ADD_CNAME}.",
    ),
    State(
        "CNAME to a missing domain",
        "cname-elsewhere",
        [cname("nowhere.invalid")],
        f"{NAME} leads elsewhere: {NAME} → nowhere.invalid. Change it to {ADD_CNAME}.",
    ),
    State(
        "CNAME to the zone itself",
        "cname-elsewhere",
        [cname("acme.example.test")],
        f"{NAME} leads elsewhere: {NAME} → acme.example.test. Change it to {ADD_CNAME}.",
    ),
    State(
        "name doubled",
        "cname-doubled",
        [cname(TARGET, f"{NAME}.example.test")],
        f"The CNAME stands at {NAME}.example.test: the zone's name is in it twice. Delete it and add {ADD_CNAME}; "
        "some providers want the name without example.test, or with a dot at its end.",
    ),
    State(
        "value doubled",
        "cname-doubled",
        [cname(f"{TARGET}.example.test")],
        f"The CNAME's value has the zone's name twice: {TARGET}.example.test. Change it to {ADD_CNAME}; some providers "
        "want a dot at its end.",
    ),
    State(
        "loop",
        "cname-loop",
        [cname("a.example.test"), cname(NAME, "a.example.test")],
        f"The CNAME records run in a circle: {NAME} → a.example.test → {NAME}. Delete or correct one of them.",
    ),
    State(
        "nine links",
        "cname-chain-too-long",
        [cname("a1.other.test"), *(cname(f"a{at + 1}.other.test", f"a{at}.other.test") for at in range(1, 10))],
        f"The chain of CNAME records has more than 8 links: {NAME} → "
        f"{' → '.join(f'a{at}.other.test' for at in range(1, 10))}. CAs give up on it; point {NAME} straight at the "
        "target.",
    ),
    State(
        "TXT in the way",
        "txt-in-the-way",
        [("TXT", NAME, "old"), ("TXT", NAME, "older")],
        f"TXT records stand at {NAME} and leave no room for a CNAME. Delete them and add {ADD_CNAME}.",
    ),
    State(
        "another ACME client's TXT",
        "txt-in-the-way",
        [("TXT", NAME, "x" * 43)],
        f"TXT records of another ACME client stand at {NAME} and leave no room for a CNAME. Delete them and add "
        f"{ADD_CNAME}.",
    ),
    State(
        "a proxied CNAME",
        "cname-proxied",
        [("A", NAME, OTHER)],
        f"{NAME} answers with addresses in place of its CNAME: the record is proxied or flattened. Set it to “DNS "
        f"only” at the DNS provider, so that {ADD_CNAME} can be seen.",
    ),
    State(
        "an address from a wildcard",
        "cname-missing",
        [("A", "*.example.test", OTHER)],
        f"{NAME} has no CNAME yet. Add {ADD_CNAME}.",
    ),
    *(
        State(
            f"in use by {holder}",
            "cname-of-provider",
            [cname(target)],
            f"{NAME} is in use by {holder}, which renews certificates of its own by it: {NAME} → {target}. Where "
            f"{holder} no longer needs it, change it to {ADD_CNAME}; else use HTTP-01, or ask for names below another "
            "domain.",
        )
        for holder, target in {
            "AWS Certificate Manager": "_x.y.acm-validations.aws",
            "Cloudflare": "example.test.0123abcd.dcv.cloudflare.com",
            "Fastly": "abc.fastly-validations.com",
            "Google Certificate Manager": "u-1.0.authorize.certificatemanager.goog",
        }.items()
    ),
    State(
        "NS in place of the CNAME",
        "ns-in-the-way",
        [("NS", NAME, "ns.example.test")],
        f"NS records stand at {NAME} and leave no room for a CNAME. Delete them and add {ADD_CNAME}.",
    ),
    State(
        "CNAME from a wildcard",
        "cname-from-wildcard",
        [cname("www.other.test", "*.example.test")],
        f"A wildcard record answers for {NAME} and leads to www.other.test. Leave the wildcard and add {ADD_CNAME}, "
        "which goes before it.",
    ),
    State(
        "another owner's delegation",
        "delegated-elsewhere",
        [cname(f"{STRANGER}.acme.example.test")],
        f"{NAME} is delegated here already, but not by you. If the domain is yours, change it to {ADD_CNAME}; else ask "
        "who holds it.",
    ),
]


@pytest.mark.parametrize("state", ZONE_STATES, ids=[state.shown for state in ZONE_STATES])
def test_the_zones_first_broken_hop_is_named(world: World, state: State) -> None:
    """Whatever of the zone is missing or wrong, the problem says so and tells the record to add, whatever follows."""
    world.add(*state.records, cname(TARGET))
    check = world.checks().check_delegation(delegation())
    assert check.problem is not None
    assert (check.problem.code, check.problem.sentence) == (state.code, state.sentence)
    assert (check.problem.actor, check.target) == (Actor.USER, TARGET)


@pytest.mark.parametrize("state", CHAIN_STATES, ids=[state.shown for state in CHAIN_STATES])
def test_with_a_sound_zone_the_chains_fault_is_named(world: World, state: State) -> None:
    """Whatever stands where the CNAME belongs, the problem says what it is and what to do."""
    world.add(A, NS, *state.records)
    with serving(NODE, world.port, NODE_ZONE.respond):
        check = world.checks().check_delegation(delegation())
    assert check.problem is not None
    assert (check.problem.code, check.problem.sentence) == (state.code, state.sentence)
    assert (check.problem.actor, check.target) == (Actor.USER, "")


def test_a_strangers_delegation_is_not_shown(world: World) -> None:
    """A delegation of another owner is told as such, without its subdomain anywhere in the problem."""
    world.add(A, NS, cname(f"{STRANGER}.acme.example.test"))
    with serving(NODE, world.port, NODE_ZONE.respond):
        check = world.checks().check_delegation(delegation())
    assert check.problem is not None
    assert STRANGER not in repr(check)
