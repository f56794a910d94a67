"""Servers that are closed, silent, lame or at odds: ours, and the user's."""

from dataclasses import replace

import pytest

from certwright.domain.problem import Actor, Problem
from certwright.domain.records import WantedZone
from local.provider_wire import Responder
from tests.support.dns_servers import (
    ZoneServer,
    answer_without_authority,
    fail,
    keep_silent,
    refuse,
    serving,
    serving_udp_only,
)
from tests.support.dns_world import NODE, NODE_ZONE, NS, OTHER, TARGET, THIRD, ZONE, A, World, cname, delegation

SHOP = "shop.example.test"
SHOP_CNAME = cname(TARGET, f"_acme-challenge.{SHOP}")
SHOP_NS = [("NS", SHOP, "ns1.other.test"), ("NS", SHOP, "ns2.other.test")]
SHOP_A = [("A", "ns1.other.test", OTHER), ("A", "ns2.other.test", THIRD)]
SHOP_ZONE = ZoneServer(SHOP, ("ns1.other.test", "ns2.other.test"), (SHOP_CNAME,))
SHOP_ZONE_BEFORE = ZoneServer(SHOP, ("ns1.other.test", "ns2.other.test"))


def check_shop(world: World, allow: str = "127.0.0.0/8") -> Problem | None:
    """Check a domain whose servers are OTHER and THIRD, with our zone in order."""
    world.add(A, NS)
    with serving(NODE, world.port, NODE_ZONE.respond):
        return world.checks(allow=allow).check_delegation(delegation(SHOP)).problem


def test_a_closed_port_of_ours_is_for_the_operator(world: World) -> None:
    """When our name server's port is closed, the user is told that nothing is wrong with the records."""
    world.add(A, NS, cname(TARGET))
    problem = world.checks().check_zone(ZONE)
    assert problem is not None
    assert (problem.code, problem.actor) == ("unreachable-udp", Actor.OPERATOR)
    assert problem.sentence == (
        f"The name server ns.example.test ({NODE}) does not answer over UDP (the port is closed). An operator must "
        "look whether it runs and whether its port is open for UDP; nothing is wrong with your records."
    )


def test_a_silent_server_of_ours_is_for_the_operator(world: World) -> None:
    """When packets to our name server vanish, that is told apart from a closed port."""
    world.add(A, NS)
    with serving(NODE, world.port, keep_silent):
        problem = world.checks().check_zone(ZONE)
    assert problem is not None
    assert (problem.code, problem.found) == ("unreachable-udp", "no reply in time")


def test_a_server_of_ours_without_tcp_is_named_so(world: World) -> None:
    """CAs ask over TCP too: UDP alone does not do."""
    world.add(A, NS)
    with serving_udp_only(NODE, world.port, NODE_ZONE.respond):
        problem = world.checks().check_zone(ZONE)
    assert problem is not None
    assert (problem.code, problem.actor, problem.found) == ("unreachable-tcp", Actor.OPERATOR, "the port is closed")
    assert "does not answer over TCP" in problem.sentence


@pytest.mark.parametrize(
    "respond", [refuse, fail, answer_without_authority], ids=["refused", "servfail", "no authority"]
)
def test_a_server_of_ours_without_the_zone_is_lame(world: World, respond: Responder) -> None:
    """A name server that answers, but not for the zone, is lame; it may only not have picked it up yet."""
    world.add(A, NS)
    with serving(NODE, world.port, respond):
        problem = world.checks().check_zone(ZONE)
    assert problem is not None
    assert (problem.code, problem.actor) == ("lame", Actor.US)
    assert problem.sentence.startswith(
        f"The name server ns.example.test ({NODE}) answers, but not for acme.example.test ("
    )
    assert problem.sentence.endswith(
        "A new zone is served within seconds; if this lasts, an operator must look at the name server."
    )


def test_each_of_our_addresses_is_asked(world: World) -> None:
    """With two addresses, one dead node is seen though the other answers."""
    wanted = WantedZone(ZONE.origin, ZONE.name_server, (NODE, OTHER))
    world.add(A, ("A", ZONE.name_server, OTHER), NS)
    with serving(NODE, world.port, NODE_ZONE.respond):
        problem = world.checks().check_zone(wanted)
    assert problem is not None
    assert (problem.code, problem.subject) == ("unreachable-udp", f"ns.example.test ({OTHER})")


def test_a_private_address_of_ours_is_refused_by_the_egress_policy(world: World) -> None:
    """The policy holds for our own name server too, and the sentence says who can allow it."""
    world.add(A, NS)
    problem = world.checks(allow="127.0.41.2/32").check_zone(ZONE)
    assert problem is not None
    assert (problem.code, problem.actor) == ("egress-refused", Actor.OPERATOR)
    assert "An operator can add it to the egress allow-list." in problem.sentence


def test_one_of_two_servers_of_the_user_is_enough(world: World) -> None:
    """A resolver goes on to the next server, so a dead one holds up no order."""
    world.add(*SHOP_NS, *SHOP_A)
    with serving(OTHER, world.port, SHOP_ZONE.respond):
        assert check_shop(world) is None


def test_servers_at_odds_are_named(world: World) -> None:
    """Every server of the zone is asked: a record that one of them lacks is not there yet."""
    world.add(*SHOP_NS, *SHOP_A)
    with serving(OTHER, world.port, SHOP_ZONE.respond), serving(THIRD, world.port, SHOP_ZONE_BEFORE.respond):
        problem = check_shop(world)
    assert problem is not None
    assert (problem.code, problem.actor) == ("cname-not-everywhere", Actor.USER)
    assert problem.sentence == (
        f"Not all servers of {SHOP} have the CNAME of _acme-challenge.{SHOP} yet. Wait until the DNS provider has "
        "copied it to all of them; ask there if it takes more than an hour."
    )
    assert problem.found == f"ns1.other.test ({OTHER}): {TARGET}; ns2.other.test ({THIRD}): nxdomain"


def test_an_older_alias_left_at_one_server_is_named(world: World) -> None:
    """Where one server still has the former CNAME, the new one is seen, and the wait is for the copy."""
    former = ZoneServer(SHOP, SHOP_ZONE.name_servers, (cname("aaa.other.test", f"_acme-challenge.{SHOP}"),))
    world.add(*SHOP_NS, *SHOP_A)
    with serving(OTHER, world.port, SHOP_ZONE.respond), serving(THIRD, world.port, former.respond):
        problem = check_shop(world)
    assert problem is not None
    assert problem.code == "cname-not-everywhere"
    assert problem.found == f"ns1.other.test ({OTHER}): {TARGET}; ns2.other.test ({THIRD}): aaa.other.test"


def test_the_users_servers_all_silent_is_a_dns_failure(world: World) -> None:
    """Where no server answers, nothing is said of records: it is tried again, with the evidence shown."""
    world.add(*SHOP_NS, *SHOP_A)
    problem = check_shop(world)
    assert problem is not None
    assert (problem.code, problem.actor, problem.subject) == ("dns-failure", Actor.USER, SHOP)
    assert problem.sentence == (
        f"The name servers of {SHOP} gave no answer (ns1.other.test ({OTHER}): the port is closed; ns2.other.test "
        f"({THIRD}): the port is closed). This is tried again by itself; if it lasts, ask the DNS provider."
    )


def test_the_users_servers_failing_is_a_dns_failure(world: World) -> None:
    """SERVFAIL says nothing about the record either."""
    world.add(SHOP_NS[0], SHOP_A[0])
    with serving(OTHER, world.port, fail):
        problem = check_shop(world)
    assert problem is not None
    assert (problem.code, problem.found) == ("dns-failure", f"ns1.other.test ({OTHER}): SERVFAIL")


@pytest.mark.parametrize("respond", [refuse, answer_without_authority], ids=["refused", "no authority"])
def test_the_users_servers_without_the_zone_are_lame(world: World, respond: Responder) -> None:
    """A domain delegated to servers that do not hold it is lame, and the remedy is at its parent."""
    world.add(SHOP_NS[0], SHOP_A[0])
    with serving(OTHER, world.port, respond):
        problem = check_shop(world)
    assert problem is not None
    assert (problem.code, problem.actor, problem.subject) == ("lame", Actor.USER, SHOP)
    assert problem.sentence.endswith(
        "Set the domain's NS records to servers that hold the zone, or add the zone there."
    )


def test_servers_with_ipv6_only_are_not_testable_from_here(world: World) -> None:
    """A zone whose servers have no IPv4 address is not called broken."""
    world.add(SHOP_NS[0], ("AAAA", "ns1.other.test", "2001:db8::53"))
    problem = check_shop(world)
    assert problem is not None
    assert (problem.code, problem.actor) == ("ipv6-not-testable", Actor.USER)
    assert "have IPv6 addresses only, which can't be tested from here" in problem.sentence


def test_private_addresses_of_the_user_are_never_asked(world: World) -> None:
    """A domain can't make us send packets into a private network."""
    heard: list[bytes] = []

    def listen(query: bytes, is_tcp: bool) -> bytes | None:
        heard.append(query)
        return SHOP_ZONE.respond(query, is_tcp)

    world.add(SHOP_NS[0], SHOP_A[0])
    with serving(OTHER, world.port, listen):
        problem = check_shop(world, allow="127.0.41.2/32,127.0.41.9/32")
    assert problem is not None
    assert (problem.code, problem.actor) == ("egress-refused", Actor.USER)
    assert heard == []


def test_name_servers_that_depend_on_each_other_end_the_walk(world: World) -> None:
    """Two zones, each with its only name server in the other and no glue, have no address to be found."""
    world.add(("NS", SHOP, "ns.deep.other.test"), ("NS", "deep.other.test", f"ns.{SHOP}"))
    problem = check_shop(world)
    assert problem is not None
    assert (problem.code, problem.found) == ("dns-failure", "ns.deep.other.test: has no address")


def test_a_name_server_without_glue_is_resolved_from_the_root(world: World) -> None:
    """A referral into another zone carries no glue: the walk finds the address itself."""
    world.add(SHOP_NS[0], SHOP_A[0])
    with serving(OTHER, world.port, ZoneServer(SHOP, ("ns1.other.test",), (SHOP_CNAME,)).respond):
        assert check_shop(world) is None


def test_glue_that_lies_is_not_believed(world: World) -> None:
    """Each server's address is asked from the root; glue is for getting on only."""
    in_zone = f"ns.{SHOP}"
    world.add(("NS", SHOP, in_zone), ("A", in_zone, OTHER))
    lagging = ZoneServer(SHOP, (in_zone,), (("A", in_zone, THIRD), SHOP_CNAME))
    with serving(OTHER, world.port, lagging.respond), serving(THIRD, world.port, SHOP_ZONE_BEFORE.respond):
        problem = check_shop(world)
    assert problem is not None
    assert (problem.code, problem.subject) == ("cname-missing", f"_acme-challenge.{SHOP}")


def test_glue_serves_where_the_zone_does_not_repeat_it(world: World) -> None:
    """A name server known by glue alone is asked at that address, as resolvers do."""
    in_zone = f"ns.{SHOP}"
    world.add(("NS", SHOP, in_zone), ("A", in_zone, OTHER))
    with serving(OTHER, world.port, ZoneServer(SHOP, (in_zone,), (SHOP_CNAME,)).respond):
        assert check_shop(world) is None


def test_a_dead_root_is_our_own_trouble(world: World) -> None:
    """When not even the root answers, the user is not blamed."""
    checks = replace(world.checks(), root_hints=(THIRD,))
    problem = checks.check_delegation(delegation()).problem
    assert problem is not None
    assert (problem.code, problem.actor, problem.subject) == ("dns-failure", Actor.US, ".")


def test_a_domain_that_does_not_exist_is_named(world: World) -> None:
    """NXDOMAIN from a top-level zone names the missing domain, not the record below it."""
    world.add(A, NS)
    with serving(NODE, world.port, NODE_ZONE.respond):
        problem = world.checks().check_delegation(delegation("www.nowhere.test")).problem
    assert problem is not None
    assert (problem.code, problem.actor, problem.subject) == ("domain-missing", Actor.USER, "nowhere.test")
    assert problem.sentence == (
        "nowhere.test does not exist: the servers of test know no such name. Correct the name, or have the domain "
        "registered and delegated to its name servers."
    )


def test_a_zone_kept_at_the_provider_is_no_delegation(world: World) -> None:
    """A zone of the same name at the user's own servers hides the delegation, even with our name in its NS."""
    hosted = ZoneServer("acme.shop.example.test", ("ns.example.test",))
    zone = WantedZone("acme.shop.example.test", "ns.example.test", (NODE,))

    def both(query: bytes, is_tcp: bool) -> bytes | None:
        return (hosted if b"\x04acme\x04shop" in query else SHOP_ZONE_BEFORE).respond(query, is_tcp)

    world.add(SHOP_NS[0], SHOP_A[0], A)
    with serving(OTHER, world.port, both), serving(NODE, world.port, hosted.respond):
        problem = world.checks().check_zone(zone)
    assert problem is not None
    assert problem.code == "zone-ns-elsewhere"
    assert problem.sentence == (
        "The DNS provider serves acme.shop.example.test as a zone of its own. Delete that zone there and add NS "
        "acme.shop.example.test → ns.example.test."
    )
