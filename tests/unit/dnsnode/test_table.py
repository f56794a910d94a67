"""The answer table without sockets: changes name by name, and the lease."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import inf
from random import Random

import pytest

from certwright.domain.answer import ServedZone
from dnsnode.counts import Counts
from dnsnode.lease import ENDLESS, Lease
from dnsnode.table import MOST_FRAMES, AnswerTable
from dnsnode.wire import PLAIN_UDP
from tests.support.dns_client import Response, build_opt, build_query, encode_name

ZONE = ServedZone("acme.example.test", ("ns.example.test",), ("192.0.2.9",))
NAME = "0b3c7a52-5b1f-4f6e-9d3e-2f6a1c7d8e90.acme.example.test"
EMPTY = "11111111-2222-4333-8444-555555555555.acme.example.test"
MANY = "99999999-2222-4333-8444-555555555555.acme.example.test"
IMPORTED = "imported.acme.example.test"


def ask(table: AnswerTable, name: str = NAME, rrtype: str = "TXT", opt: bytes = b"") -> tuple[str, list[str]]:
    response = table.respond(build_query(name, rrtype, opt=opt))
    assert response
    return Response(response).rcode, Response(response).answers


@pytest.fixture
def table() -> AnswerTable:
    table = AnswerTable()
    table.set_zone(ZONE)
    table.set_txt(NAME, ("one",))
    return table


def test_values_change_for_one_name_alone(table: AnswerTable) -> None:
    """Add, change and remove; another name stays as it is."""
    table.set_txt(EMPTY, ("other",))
    for values in (("one", "two"), ("three",), (), ("four",)):
        table.set_txt(NAME, values)
        assert ask(table) == ("NOERROR", list(values))
        assert ask(table, EMPTY) == ("NOERROR", ["other"])


def test_an_answer_may_grow_out_of_udp_and_shrink_back(table: AnswerTable) -> None:
    """The short and the long table never hold a name both."""
    long = tuple(f"{number:02d}{'x' * 60}" for number in range(30))
    for values in (("one",), long, ("one",), long, ()):
        table.set_txt(NAME, values)
        whole = table.respond(build_query(NAME), 65_535)
        assert whole
        assert Response(whole).answers == list(values)
        short = table.respond(build_query(NAME))
        assert short
        assert Response(short).is_truncated is (values == long)


def test_an_answer_waits_for_its_zone_and_goes_with_it(table: AnswerTable) -> None:
    """The order in which zone and values come does not matter."""
    name = NAME.replace("acme", "later")
    table.set_txt(name, ("early",))
    assert ask(table, name) == ("REFUSED", [])
    table.set_zone(replace(ZONE, origin="later.example.test"))
    assert ask(table, name) == ("NOERROR", ["early"])
    table.remove_zone("later.example.test")
    assert ask(table, name) == ("REFUSED", [])
    assert ask(table) == ("NOERROR", ["one"])


def test_a_zone_may_change_its_name_server_in_place(table: AnswerTable) -> None:
    """The old name server's addresses are gone with it, and values stay."""
    inside = replace(ZONE, name_servers=("a.acme.example.test",))
    table.set_zone(inside)
    assert ask(table, "a.acme.example.test", "A") == ("NOERROR", ["192.0.2.9"])
    table.set_zone(replace(ZONE, name_servers=("b.acme.example.test",)))
    assert ask(table, "a.acme.example.test", "A") == ("NXDOMAIN", [])
    assert ask(table, ZONE.origin, "NS") == ("NOERROR", ["b.acme.example.test."])
    assert ask(table) == ("NOERROR", ["one"])


def test_the_closest_zone_answers(table: AnswerTable) -> None:
    """Of two zones, one below the other, the lower one speaks for its names."""
    table.set_zone(replace(ZONE, origin="deep.acme.example.test", name_servers=("ns2.example.test",)))
    assert ask(table, "deep.acme.example.test", "NS") == ("NOERROR", ["ns2.example.test."])
    assert ask(table, "x.deep.acme.example.test", "A") == ("NXDOMAIN", [])


def test_zones_below_others_come_and_go_in_any_order(table: AnswerTable) -> None:
    """What lies on the way to a zone exists in the zone above as long as the lower one does."""
    lower, above = replace(ZONE, origin="one.two.acme.example.test"), "two.acme.example.test"
    for comings in ((lower, ZONE), (ZONE, lower), (lower, ZONE, ZONE, lower)):
        table.remove_zone(ZONE.origin)
        for zone in comings:
            table.set_zone(zone)
        assert ask(table, above, "A") == ("NOERROR", [])
        assert ask(table, lower.origin, "NS") == ("NOERROR", ["ns.example.test."])
        table.remove_zone(lower.origin)
        assert ask(table, above, "A") == ("NXDOMAIN", [])
        assert ask(table, lower.origin, "NS") == ("NXDOMAIN", [])
        assert ask(table) == ("NOERROR", ["one"])


def test_a_lower_zone_hides_what_the_upper_one_has_at_its_name(table: AnswerTable) -> None:
    """And uncovers it when it goes."""
    name = "label.acme.example.test"
    table.set_txt(name, ("text",))
    for _ in range(2):
        assert ask(table, name) == ("NOERROR", ["text"])
        table.set_zone(replace(ZONE, origin=name))
        assert ask(table, name) == ("NOERROR", [])
        table.remove_zone(name)


def test_a_name_server_whose_label_ends_like_the_zone_is_outside(table: AnswerTable) -> None:
    """A label of 48 bytes is preceded by a byte that is also the digit 0."""
    origin = f"{'x' * 48}.example.test"
    table.set_zone(replace(ZONE, origin=origin, name_servers=(f"a0{origin}",)))
    assert ask(table, origin, "NS") == ("NOERROR", [f"a0{origin}."])
    assert ask(table, f"a0{origin}", "A") == ("REFUSED", [])


LEASE = Lease(denials_until=105.0, answers_until=160.0)
EXPECTED = {
    104.9: (["one"], "NOERROR"),
    105.0: (["one"], "SERVFAIL"),
    159.9: (["one"], "SERVFAIL"),
    160.0: ("SERVFAIL", "SERVFAIL"),
}


@pytest.mark.parametrize("now", EXPECTED)
@pytest.mark.parametrize("rrtype", ["TXT", "ANY"])
def test_the_lease_ends_denials_first_and_then_answers(table: AnswerTable, now: float, rrtype: str) -> None:
    """Blind: no denial of TXT. Ended: no TXT at all. What does not depend on publications stays."""
    table.set_lease(LEASE, 100.0)
    table.tick(now)
    known, unknown = EXPECTED[now]
    assert ask(table, NAME, rrtype) == (("NOERROR", known) if isinstance(known, list) else ("SERVFAIL", []))
    assert ask(table, EMPTY, rrtype)[0] == unknown
    assert ask(table, NAME, "A") == ("NOERROR", [])
    assert ask(table, EMPTY, "CAA") == ("NOERROR", [])
    assert ask(table, f"www.{ZONE.origin}", "TXT") == ("NXDOMAIN", [])
    assert ask(table, ZONE.origin, "NS") == ("NOERROR", ["ns.example.test."])


def test_a_renewed_lease_brings_everything_back(table: AnswerTable) -> None:
    """Also what changed meanwhile."""
    table.set_lease(LEASE, 100.0)
    table.tick(200.0)
    table.set_txt(NAME, ("two",))
    assert ask(table) == ("SERVFAIL", [])
    table.set_lease(Lease(300.0, 360.0), 200.0)
    assert ask(table) == ("NOERROR", ["two"])
    assert ask(table, EMPTY) == ("NOERROR", [])


def test_a_failure_carries_no_soa_and_no_authority(table: AnswerTable) -> None:
    """SERVFAIL is not cached as a denial."""
    table.set_lease(LEASE, 200.0)
    response = table.respond(build_query(NAME, opt=build_opt()))
    assert response
    assert not Response(response).is_authoritative
    assert Response(response).authority == []
    assert Response(response).has_opt


def test_frames_are_remembered_within_a_bound_and_never_with_options(table: AnswerTable) -> None:
    """Ever new cookies fill nothing; ever new payload sizes fill no more than the bound."""
    ask(table, opt=build_opt())
    before = len(table._frames)
    for number in range(500):
        assert ask(table, opt=build_opt(options=b"\0\x0a\0\x08" + number.to_bytes(8)))[0] == "NOERROR"
    assert len(table._frames) == before
    for payload in range(MOST_FRAMES + 10):
        assert ask(table, opt=build_opt(payload=payload))[0] == "NOERROR"
    assert 0 < len(table._frames) <= MOST_FRAMES


def _odd_queries(random: Random) -> Iterator[bytes]:
    """Give queries of every kind that has a way of its own, each as it is, damaged, and cut short."""
    names: list[str | bytes] = [
        NAME,
        EMPTY,
        MANY,
        IMPORTED,
        ZONE.origin,
        "ns.acme.example.test",
        "deep.ns.acme.example.test",
    ]
    names += [f"x.{NAME}", f"{'x' * 63}.{ZONE.origin}", "www.acme.example.test", f"{NAME[:36]}x.{ZONE.origin}"]
    names += [NAME.upper(), EMPTY.replace("1", "g", 1), "other.test", f"{NAME}.{ZONE.origin}", ""]
    names += [bytes((size,)) + b"x" * size + encode_name(ZONE.origin) for size in (63, 64, 90, 200)]
    cookie = b"\0\x0a\0\x08" + random.randbytes(8)
    options = [cookie, cookie + cookie, cookie[:-1], b"\0\x0a\0\x18" + random.randbytes(24), b"\0\x0c\0\0", b"\0\0\0\1"]
    opts = [
        b"",
        build_opt(),
        build_opt(flags=0x8000),
        build_opt(version=1),
        *(build_opt(options=some) for some in options),
    ]
    for name, rrtype, opt in product(names, ("TXT", "ANY", "SOA", "HTTPS", "AXFR"), opts):
        query = build_query(name, rrtype, opt=opt, flags=random.choice((0, 0x0100)))
        at = random.randrange(2, len(query))
        damaged = query[:at] + random.randbytes(1) + query[at + 1 :]
        yield from (query, damaged, query[: random.randrange(len(query))], query + b"\0")


@pytest.mark.parametrize("lease", [ENDLESS, Lease(0.0, inf), Lease(0.0, 0.0)])
def test_every_short_way_gives_what_parsing_gives(table: AnswerTable, lease: Lease) -> None:
    """Cookies, denials and answers at hand are found without parsing; byte for byte it makes no difference."""
    table.set_zone(replace(ZONE, name_servers=("ns.acme.example.test",)))
    table.set_txt(MANY, tuple(f"{number:02d}{'x' * 60}" for number in range(30)))
    table.set_txt(IMPORTED, ("old",))
    table.set_lease(lease, 1.0)
    for _ in range(2):  # the first time frames are learnt
        for query in _odd_queries(Random(7)):
            assert table.respond(query) == table._respond_to_unusual(query, PLAIN_UDP, Counts()), query
