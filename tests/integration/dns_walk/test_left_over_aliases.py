"""Where a name still leads, when what it should lead to is no more."""

import pytest

from certwright.domain.errors import Unavailable
from tests.support.dns_world import OTHER, World, cname

NAME, UUID = "_acme-challenge.example.test", "7d3ab1c2-0000-4000-8000-000000000000"
TARGET = f"{UUID}.acme.gone.test"


def test_a_name_without_a_cname_leads_nowhere(world: World) -> None:
    """Other records are none."""
    assert world.checks().find_aliases(NAME, UUID) == ()
    world.add(("TXT", NAME, "one"))
    assert world.checks().find_aliases(NAME, UUID) == ()


def test_a_cname_is_followed_as_far_as_the_target_though_its_zone_is_gone(world: World) -> None:
    """Through the user's own aliases; the target itself is not asked for."""
    world.add(cname("alias.other.test", NAME), cname(TARGET, "alias.other.test"))
    assert world.checks().find_aliases(NAME, UUID) == ("alias.other.test", TARGET)


def test_a_loop_ends(world: World) -> None:
    """Whatever users do."""
    world.add(cname("alias.other.test", NAME), cname(NAME, "alias.other.test"))
    assert world.checks().find_aliases(NAME, UUID) == ("alias.other.test", NAME)


def test_servers_that_do_not_answer_do_not_mean_that_it_is_gone(world: World) -> None:
    """It is looked for again later."""
    world.add(("NS", "shop.example.test", "ns1.other.test"), ("A", "ns1.other.test", OTHER))
    with pytest.raises(Unavailable):
        world.checks().find_aliases("_acme-challenge.shop.example.test", UUID)
