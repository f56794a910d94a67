"""Reading TXT: what a proof of ownership rests on."""

import pytest

from certwright.domain.errors import Unavailable
from tests.support.dns_servers import ZoneServer, serving
from tests.support.dns_world import OTHER, THIRD, World, cname

NAME = "_certwright.www.example.test"


def test_values_are_read_from_the_authoritative_servers(world: World) -> None:
    """All values come, sorted; a name that does not exist has none."""
    assert world.checks().read_txt(NAME) == ()
    world.add(("TXT", NAME, "two"), ("TXT", NAME, "one"))
    assert world.checks().read_txt(NAME) == ("one", "two")


def test_an_alias_is_followed(world: World) -> None:
    """A proof may stand behind a CNAME."""
    world.add(cname("proof.other.test", NAME), ("TXT", "proof.other.test", "one"))
    assert world.checks().read_txt(NAME) == ("one",)


def test_values_too_large_for_udp_come_over_tcp(world: World) -> None:
    """A truncated reply is asked again over TCP, and long strings are joined."""
    values = tuple(sorted(f"{at}" * 600 for at in range(1, 6)))
    world.add(*(("TXT", NAME, value) for value in values))
    assert world.checks().read_txt(NAME) == values


def test_only_what_all_servers_have_is_a_proof(world: World) -> None:
    """A value that was withdrawn at one server counts no more."""
    shop, owner = "shop.example.test", "_certwright.shop.example.test"
    servers = ("ns1.other.test", "ns2.other.test")
    world.add(("NS", shop, servers[0]), ("NS", shop, servers[1]), ("A", servers[0], OTHER), ("A", servers[1], THIRD))
    both = ZoneServer(shop, servers, (("TXT", owner, "kept"), ("TXT", owner, "withdrawn")))
    one = ZoneServer(shop, servers, (("TXT", owner, "kept"),))
    with serving(OTHER, world.port, both.respond), serving(THIRD, world.port, one.respond):
        assert world.checks().read_txt(owner) == ("kept",)


def test_servers_that_do_not_answer_are_no_empty_answer(world: World) -> None:
    """Silence must not read as `no TXT`: the caller is told to try again."""
    world.add(("NS", "shop.example.test", "ns1.other.test"), ("A", "ns1.other.test", OTHER))
    with pytest.raises(Unavailable, match=r"no name server of shop\.example\.test answers"):
        world.checks().read_txt("_certwright.shop.example.test")
