"""The chain as data: every hop between the root and our node, whatever is broken, at real servers."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from certwright.domain.records import NameCheck, WantedAddress, WantedDelegation, WantedZone
from tests.support.dns_servers import ZoneServer, serving
from tests.support.http_servers import saying
from tests.support.zone_world import ELSEWHERE, GLUE, NODE, Zones, ZoneWorld, running_zones

UUID = "b6e4682c-5109-4a34-ac99-d5097d5b2b68"
DS = "12345 13 2 " + "AB" * 32


class State(NamedTuple):
    """A domain `<slug>.test`: its lines, the problem, and each hop as (part, state)."""

    slug: str
    lines: list[str]
    code: str
    hops: list[tuple[str, str]]


TARGET = f"{UUID}.acme.{{0}}.test."
A, NS, CNAME = f"ns A {NODE}", "acme NS ns", f"_acme-challenge CNAME {TARGET}"
DOMAIN, ALIAS = ("domain", "ok"), ("alias", "ok")
DELEGATION, SERVER, OUR_NODE = ("delegation", "ok"), ("name-server", "ok"), ("node", "ok")

STATES = [
    State("sound", [A, NS, CNAME], "", [DOMAIN, ALIAS, DELEGATION, SERVER, OUR_NODE]),
    State(
        "by-alias",
        [A, NS, "_acme-challenge CNAME over.by-alias.test.", f"over CNAME {TARGET}"],
        "",
        [DOMAIN, ALIAS, ALIAS, DELEGATION, SERVER, OUR_NODE],
    ),
    State(
        "bare",
        [],
        "zone-address-missing",
        [DOMAIN, ("alias", "waiting"), ("delegation", "waiting"), ("name-server", "waiting"), ("node", "waiting")],
    ),
    State(
        "no-delegation",
        [A, CNAME],
        "zone-ns-missing",
        [DOMAIN, ALIAS, ("delegation", "waiting"), SERVER, ("node", "ok")],
    ),
    State("no-cname", [A, NS], "cname-missing", [DOMAIN, ("alias", "waiting"), DELEGATION, SERVER, OUR_NODE]),
    State(
        "stray",
        [A, NS, "_acme-challenge CNAME www.stray.test."],
        "cname-elsewhere",
        [DOMAIN, ("alias", "broken"), DELEGATION, SERVER, OUR_NODE],
    ),
    State(
        "wrong-address",
        [f"ns A {ELSEWHERE}", NS, CNAME],
        "zone-address-elsewhere",
        [DOMAIN, ALIAS, DELEGATION, ("name-server", "broken"), ("node", "broken")],
    ),
    State(
        "signed-for",
        [A, NS, f"acme DS {DS}", CNAME],
        "zone-ds",
        [DOMAIN, ALIAS, ("delegation", "broken"), SERVER, OUR_NODE],
    ),
]
LOST = "lost.test"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZoneWorld]:
    """All domains; the servers of one have lost it."""
    lines = {f"{state.slug}.test": [line.format(state.slug) for line in state.lines] for state in STATES}
    zones = Zones({"": GLUE, "test": GLUE, LOST: None, **lines}, elsewhere=frozenset({LOST}))
    with running_zones(tmp_path_factory.mktemp("zones"), zones) as world:
        yield world


def delegation(domain: str) -> WantedDelegation:
    """Want a delegation of the domain to a zone below it."""
    zone = WantedZone(f"acme.{domain}", f"ns.{domain}", (NODE,))
    return WantedDelegation(domain, (f"{UUID}.{zone.origin}",), (zone,), (zone.origin,))


def check(world: ZoneWorld, domain: str) -> NameCheck:
    """Look at a domain, with our node serving its zone."""
    node = ZoneServer(f"acme.{domain}", (f"ns.{domain}",))
    with serving(NODE, world.port, node.respond):
        return world.checks().check_delegation(delegation(domain))


@pytest.mark.parametrize("state", STATES, ids=[state.slug for state in STATES])
def test_every_hop_is_told_with_its_state(world: ZoneWorld, state: State) -> None:
    """Hops that are in order are told beside those that are not, and all that is missing at once."""
    found = check(world, f"{state.slug}.test")
    assert (found.problem.code if found.problem else "") == state.code
    assert [(hop.part, hop.state) for hop in found.hops] == state.hops
    assert all(bool(hop.code) or hop.state == "ok" or hop.part == "node" for hop in found.hops)


def test_a_hop_tells_what_was_found_against_what_is_wanted(world: ZoneWorld) -> None:
    """As records, so that both can be shown side by side."""
    hops = {hop.part.value: hop for hop in check(world, "stray.test").hops}
    assert (hops["alias"].wanted, hops["alias"].found, hops["alias"].code) == (
        f"CNAME {UUID}.acme.stray.test",
        "CNAME www.stray.test",
        "cname-elsewhere",
    )
    assert (hops["delegation"].wanted, hops["delegation"].found) == ("NS ns.stray.test", "NS ns.stray.test")
    assert (hops["name-server"].wanted, hops["name-server"].found) == (f"A {NODE}", f"A {NODE}")
    assert hops["domain"].found == "ns.root-servers.test (127.0.44.2)"


def test_a_domain_whose_servers_lost_it_breaks_at_the_first_hop(world: ZoneWorld) -> None:
    """What lies behind can't be seen: it is waited for, not called wrong."""
    found = check(world, LOST)
    assert found.problem is not None
    assert (found.problem.code, found.hops[0].state, found.hops[0].part) == ("dns-failure", "broken", "domain")
    assert found.hops[1].state == "waiting"


def test_an_http_name_is_told_by_its_address_and_site(world: ZoneWorld) -> None:
    """The address that a CA would connect to, and what the site there said."""
    wanted = WantedAddress("ns.wrong-address.test", (NODE,), ("ns.sound.test",))
    with saying(ELSEWHERE, b"HTTP/1.1 404 Not Found\r\n\r\n") as site:
        found = world.checks(http_port=site.port).check_address(wanted)
    assert [(hop.part, hop.state, hop.found) for hop in found.hops] == [
        ("domain", "ok", "ns.root-servers.test (127.0.44.2)"),
        ("address", "broken", ELSEWHERE),
        ("site", "broken", ELSEWHERE),
    ]
