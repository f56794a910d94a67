"""What counts as a delegation that stands."""

from certwright.domain.records import WantedDelegation, WantedZone
from tests.support.dns_servers import ZoneServer, serving
from tests.support.dns_world import NODE, NODE_ZONE, NS, OTHER, TARGET, UUID, ZONE, A, World, cname, delegation


def test_a_chain_that_ends_at_the_target_stands(world: World) -> None:
    """With A, NS and CNAME in place and the zone answering, there is no problem, and the target is told."""
    world.add(A, NS, cname(TARGET))
    with serving(NODE, world.port, NODE_ZONE.respond):
        check = world.checks().check_delegation(delegation())
    assert (check.problem, check.target) == (None, TARGET)


def test_a_chain_may_take_a_detour(world: World) -> None:
    """A CNAME by way of another zone counts when it ends at the target."""
    world.add(A, NS, cname("proof.other.test"), cname(TARGET, "proof.other.test"))
    with serving(NODE, world.port, NODE_ZONE.respond):
        check = world.checks().check_delegation(delegation())
    assert (check.problem, check.target) == (None, TARGET)


def test_letter_case_does_not_matter(world: World) -> None:
    """DNS names compare without case (RFC 4343), in the records as in what is wanted of them."""
    server = ZoneServer(
        "shop.example.test", ("ns2.other.test",), (("CNAME", "_acme-challenge.shop.example.test", TARGET.upper()),)
    )
    world.add(A, NS, ("NS", "shop.example.test", "ns2.other.test"), ("A", "ns2.other.test", OTHER))
    with serving(NODE, world.port, NODE_ZONE.respond), serving(OTHER, world.port, server.respond):
        check = world.checks().check_delegation(delegation("shop.example.test"))
    assert (check.problem, check.target) == (None, TARGET)


def test_an_older_zones_target_counts_and_only_its_zone_is_judged(world: World) -> None:
    """A chain may end at any target; then that target's zone has to stand, not the one that is shown."""
    shown = WantedZone("next.example.test", "ns-next.example.test", (NODE,))
    targets = (f"{UUID}.{shown.origin}", TARGET)
    wanted = WantedDelegation("example.test", targets, (shown, ZONE), (shown.origin, ZONE.origin))
    world.add(A, NS, cname(TARGET))
    with serving(NODE, world.port, NODE_ZONE.respond):
        check = world.checks().check_delegation(wanted)
    assert (check.problem, check.target) == (None, TARGET)
    world.clear()
    check = world.checks().check_delegation(wanted)
    assert check.problem is not None
    assert (check.problem.code, check.problem.subject) == ("zone-address-missing", "ns-next.example.test")


def test_a_deep_name_needs_only_its_own_record(world: World) -> None:
    """Names between the zone's apex and the validation domain name need not exist."""
    world.add(A, NS)
    with serving(NODE, world.port, NODE_ZONE.respond):
        missing = world.checks().check_delegation(delegation("a.b.example.test"))
        world.add(cname(TARGET, "_acme-challenge.a.b.example.test"))
        sound = world.checks().check_delegation(delegation("a.b.example.test"))
    assert missing.problem is not None
    assert (missing.problem.code, missing.problem.found) == ("cname-missing", "NXDOMAIN")
    assert (sound.problem, sound.target) == (None, TARGET)


def test_the_name_server_may_lie_in_its_own_zone(world: World) -> None:
    """With glue at the parent, `ns.<zone>` for the zone's name server stands, and is asked for its own address."""
    zone = WantedZone("acme.example.test", "ns.acme.example.test", (NODE,))
    wanted = WantedDelegation("example.test", (TARGET,), (zone,), (zone.origin,))
    server = ZoneServer(zone.origin, (zone.name_server,), (("A", zone.name_server, NODE),))
    world.add(("NS", zone.origin, zone.name_server), cname(TARGET))
    with serving(NODE, world.port, server.respond):
        without_glue = world.checks().check_delegation(wanted)
        world.add(("A", zone.name_server, NODE))
        check = world.checks().check_delegation(wanted)
    assert without_glue.problem is not None
    assert without_glue.problem.code == "zone-address-missing"
    assert (check.problem, check.target) == (None, TARGET)


def test_a_check_of_the_zone_alone_sees_the_same(world: World) -> None:
    """`check_zone` judges the zone as the check of a delegation does, and finds nothing when it stands."""
    world.add(A)
    problem = world.checks().check_zone(ZONE)
    world.add(NS)
    with serving(NODE, world.port, NODE_ZONE.respond):
        sound = world.checks().check_zone(ZONE)
    assert problem is not None
    assert problem.code == "zone-ns-missing"
    assert sound is None


def test_our_targets_txt_is_never_asked_for(world: World) -> None:
    """A check puts no question below the zone's origin to our node: nothing may cache that a TXT is missing."""
    asked: list[bytes] = []

    def respond(query: bytes, is_tcp: bool) -> bytes | None:
        asked.append(query)
        return NODE_ZONE.respond(query, is_tcp)

    world.add(A, NS, cname(TARGET))
    with serving(NODE, world.port, respond):
        assert world.checks().check_delegation(delegation()).problem is None
    assert asked
    assert not any(UUID.encode() in query.lower() for query in asked)
