"""The walk's own rules: where zones are cut, what is asked of whom, and that it ends."""

from dataclasses import replace

import dns.flags
import dns.message
import pytest

from certwright.adapters.dns_exchange import Exchange
from certwright.adapters.dns_walk import Walk
from certwright.adapters.egress import Budget, Egress
from certwright.domain.dns_facts import Meaning
from local.provider_answers import Reply, answer, build_zones
from local.provider_records import StoredRecord
from local.provider_wire import Responder, make_filler, make_responder
from tests.support.dns_servers import ZoneServer, serving
from tests.support.dns_world import (
    LOOPBACK,
    NODE,
    NODE_ZONE,
    NS,
    OTHER,
    PROVIDER,
    TARGET,
    THIRD,
    A,
    World,
    cname,
    delegation,
)

SHOP = "shop.example.test"
SHOP_RECORDS = [("NS", SHOP, "ns1.other.test"), ("A", "ns1.other.test", OTHER)]
SHOP_ZONE = ZoneServer(
    SHOP, ("ns1.other.test",), (("A", f"a.b.{SHOP}", NODE), cname(TARGET, f"_acme-challenge.{SHOP}"))
)


def make_walk(world: World, budget: Budget | None = None) -> Walk:
    egress = Egress(dns_port=world.port, allow=LOOPBACK)
    return Walk((PROVIDER,), Exchange(world.port, egress, budget or Budget(), try_seconds=0.4, tries=2))


class Ear:
    """Wraps a responder and keeps what it was asked."""

    def __init__(self, respond: Responder) -> None:
        self._respond = respond
        self.messages: list[dns.message.Message] = []
        self.over_tcp: list[str] = []

    def respond(self, query: bytes, is_tcp: bool) -> bytes | None:
        message = dns.message.from_wire(query)
        self.messages.append(message)
        if is_tcp:
            self.over_tcp.append(str(message.question[0]))
        return self._respond(query, is_tcp)

    @property
    def asked(self) -> list[str]:
        return [f"{message.question[0].name} {message.question[0].rdtype.name}" for message in self.messages]


@pytest.mark.parametrize(
    ("name", "zone", "missing"),
    [
        ("www.example.test", "example.test", "www.example.test"),
        ("x.y.example.test", "example.test", "y.example.test"),
        ("x.nowhere.test", "test", "nowhere.test"),
        ("x.nowhere", "", "nowhere"),
        ("example.test", "example.test", ""),
        (f"b.{SHOP}", SHOP, ""),
        (f"x.b.{SHOP}", SHOP, f"x.b.{SHOP}"),
    ],
)
def test_the_zone_and_the_missing_hop_are_found(world: World, name: str, zone: str, missing: str) -> None:
    """Zones are cut by referrals and by answers with authority alike; NODATA goes on; NXDOMAIN names its hop."""
    world.add(*SHOP_RECORDS)
    with serving(OTHER, world.port, SHOP_ZONE.respond):
        found = make_walk(world).lookup(name, "A")
    assert (found.zone, found.missing, found.is_denied) == (zone, missing, bool(missing))


def test_an_apex_without_ns_is_a_cut_too(world: World) -> None:
    """A SOA owned by the name is enough, where a server holds parent and child and the child lists no NS."""
    soa = "ns1.other.test hostmaster.other.test 1 5 5 5 5"
    records = [
        StoredRecord(SHOP, "SOA", soa),
        StoredRecord(SHOP, "NS", "ns1.other.test"),
        StoredRecord(f"deep.{SHOP}", "SOA", soa),
        StoredRecord(f"deep.{SHOP}", "A", NODE),
    ]
    zones = build_zones((SHOP, f"deep.{SHOP}"), records)
    world.add(*SHOP_RECORDS)
    with serving(OTHER, world.port, make_responder(make_filler(lambda name, type_: answer(zones, name, type_)))):
        found = make_walk(world).lookup(f"deep.{SHOP}", "A")
    assert (found.zone, found.values) == (f"deep.{SHOP}", (NODE,))


def test_a_missing_name_below_an_alias_is_not_an_alias(world: World) -> None:
    """An rcode speaks of the chain's end (RFC 6604): the alias itself exists."""
    world.add(cname("gone.example.test", "alias.example.test"))
    found = make_walk(world).lookup("alias.example.test", "A")
    assert [said.meaning for said in found.said] == [Meaning.ALIAS]
    assert (found.aliases, found.missing) == (("gone.example.test",), "")


def test_glue_for_foreign_names_is_not_taken(world: World) -> None:
    """A zone's server may give addresses for names of its own zone only (RFC 2181 §5.4.1)."""
    deep = f"deep.{SHOP}"
    records = [
        StoredRecord(SHOP, "SOA", "ns1.other.test hostmaster.other.test 1 5 5 5 5"),
        StoredRecord(SHOP, "NS", "ns1.other.test"),
        StoredRecord(deep, "NS", "ns2.other.test"),
    ]
    zones = build_zones((SHOP,), records)
    lie = StoredRecord("ns2.other.test", "A", OTHER)

    def refer(name: str, type_: str) -> Reply | None:
        reply = answer(zones, name, type_)
        return replace(reply, additional=(lie,)) if reply else None

    world.add(*SHOP_RECORDS, ("A", "ns2.other.test", THIRD))
    sound = ZoneServer(deep, ("ns2.other.test",), (("A", f"www.{deep}", NODE),))
    with (
        serving(OTHER, world.port, make_responder(make_filler(refer))),
        serving(THIRD, world.port, sound.respond),
    ):
        assert make_walk(world).lookup(f"www.{deep}", "A").values == (NODE,)


def test_a_detour_that_met_itself_is_no_verdict_on_the_zone(world: World) -> None:
    """What could not be reached while looking for its own server's address can be once that is known."""
    world.add(
        ("NS", SHOP, "ns.a.other.test"),
        ("NS", "b.example.test", "ns.a.other.test"),
        ("NS", "a.other.test", "ns.b.example.test"),
        ("NS", "a.other.test", "ns9.example.test"),
        ("A", "ns9.example.test", THIRD),
    )
    a_zone = ZoneServer("a.other.test", ("ns9.example.test",), (("A", "ns.a.other.test", OTHER),))
    b_zone = ZoneServer("b.example.test", ("ns.a.other.test",), (("A", "www.b.example.test", NODE),))

    def both(query: bytes, is_tcp: bool) -> bytes | None:
        return (SHOP_ZONE if b"\x04shop" in query else b_zone).respond(query, is_tcp)

    with serving(OTHER, world.port, both), serving(THIRD, world.port, a_zone.respond):
        walk = make_walk(world)
        assert walk.lookup(f"a.b.{SHOP}", "A").values == (NODE,)
        assert walk.lookup("www.b.example.test", "A").values == (NODE,)


def test_questions_ask_for_no_recursion_and_offer_edns(world: World) -> None:
    """RD is clear, EDNS offers 1232 bytes, and ids don't repeat in order."""
    ear = Ear(SHOP_ZONE.respond)
    world.add(*SHOP_RECORDS)
    with serving(OTHER, world.port, ear.respond):
        walk = make_walk(world)
        for at in range(8):
            walk.lookup(f"x{at}.{SHOP}", "A")
    assert not any(message.flags & dns.flags.RD for message in ear.messages)
    assert {(message.edns, message.payload) for message in ear.messages} == {(0, 1232)}
    ids = [message.id for message in ear.messages]
    assert ids != sorted(ids)
    assert len(set(ids)) > 8


def test_nothing_is_asked_twice_in_one_check_and_nothing_is_kept_for_the_next(world: World) -> None:
    """Cuts are learnt once a check; another check learns them afresh."""
    ear = Ear(SHOP_ZONE.respond)
    world.add(*SHOP_RECORDS)
    with serving(OTHER, world.port, ear.respond):
        walk = make_walk(world)
        walk.lookup(f"a.b.{SHOP}", "A")
        first = list(ear.asked)
        walk.lookup(f"a.b.{SHOP}", "A")
        second = ear.asked[len(first) :]
        make_walk(world).lookup(f"a.b.{SHOP}", "A")
        third = ear.asked[len(first) + len(second) :]
    assert first == [f"b.{SHOP}. NS", f"a.b.{SHOP}. NS", f"a.b.{SHOP}. A"]
    assert (second, third) == ([f"a.b.{SHOP}. A"], first)


def test_tcp_is_asked_of_our_zones_servers_only(world: World) -> None:
    """The user's servers need no TCP for a check: only our zone's servers are proved over it."""
    users, ours = Ear(SHOP_ZONE.respond), Ear(NODE_ZONE.respond)
    world.add(A, NS, *SHOP_RECORDS)
    with serving(OTHER, world.port, users.respond), serving(NODE, world.port, ours.respond):
        assert world.checks().check_delegation(delegation(SHOP)).problem is None
    assert (users.over_tcp, ours.over_tcp) == ([], ["acme.example.test. IN SOA"])


@pytest.mark.parametrize(
    "budget",
    [Budget(hops=0), Budget(hops=3), Budget(hops=6), Budget(size=200), Budget(seconds=0)],
    ids=["no hop", "hops at a name server's address", "hops at the end", "bytes", "time"],
)
def test_a_spent_budget_is_no_answer(world: World, budget: Budget) -> None:
    """A walk that may go no further says so; it never reads as a missing record."""
    world.add(("A", "www.example.test", NODE))
    found = make_walk(world, budget).lookup("www.example.test", "A")
    assert found.is_failed
    assert [said.meaning for said in found.said] == [Meaning.SILENT]
    assert "The check " in found.said[0].detail


def test_a_name_too_long_for_dns_does_not_exist(world: World) -> None:
    """A name beyond 255 octets can be asked of nobody (RFC 1035 §2.3.4)."""
    name = ".".join(["x" * 60] * 5)
    assert make_walk(world).lookup(name, "A").is_denied
