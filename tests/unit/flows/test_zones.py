"""Zones: made once, renamed in place or by a successor, served for as long as somebody points at them."""

from dataclasses import replace
from functools import reduce

import pytest

from certwright.domain.answer import ServedZone, TxtAnswer
from certwright.domain.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from certwright.domain.owner import Zone
from certwright.domain.problem import Actor, Problem
from certwright.flows.zones import check_zone, ensure_zone, find_zone, rename_zone
from certwright.ports import Zones
from tests.support.deployment import CNAME_MISSING, WILDCARD, Deployment


def test_the_first_dns_request_makes_a_zone_with_random_names_under_the_registrable_domain(town: Deployment) -> None:
    """Served at once, with the deployment's addresses."""
    town.request("*.shop.example.test")
    zone = town.zone()
    assert zone.origin.startswith("acme-")
    assert zone.name_server.startswith("ns-")
    assert zone.origin.partition(".")[2] == zone.name_server.partition(".")[2] == "example.test"
    assert town.answers.zones == {zone.origin: ServedZone(zone.origin, (zone.name_server,), ("192.0.2.9",))}


def test_later_requests_use_the_zone_that_is_there(town: Deployment) -> None:
    """Whatever their domain."""
    town.request(*WILDCARD)
    zone = town.zone()
    town.request("*.example.com")
    assert town.zones.list_all() == (zone,)


def test_a_shared_zone_is_used_instead_of_a_new_one(town: Deployment) -> None:
    """But not one that retires."""
    town.request(*WILDCARD)
    shared = replace(town.zone(), is_shared=True)
    town.zones.update(town.zone(), shared)
    town.add_owner("own_b")
    town.request("*.example.com", owner="own_b")
    assert town.zones.list_all() == (shared,)
    town.zones.update(shared, replace(shared, is_retiring=True))
    town.request("*.example.com", owner="own_b")
    assert town.zone("own_b").origin.endswith(".example.com")


def test_two_first_requests_at_once_make_one_zone_and_both_use_it(town: Deployment) -> None:
    """The one that comes second takes its own back, and serves it no more."""
    early = town.owner("own_a")
    made = ensure_zone(town.desk, early, "example.test")
    late = ensure_zone(town.desk, early, "example.test")
    assert late == made == town.zone()
    assert town.zones.list_all() == (made,)
    assert set(town.answers.zones) == {made.origin}


class Taken:
    """A `Zones` that finds every origin taken."""

    def __init__(self, zones: Zones) -> None:
        self._zones = zones
        self.tries = 0

    def create(self, zone: Zone) -> None:
        self.tries += 1
        raise Conflict("It is taken.", code="zone-overlaps")

    def __getattr__(self, name: str) -> object:
        return getattr(self._zones, name)


def test_random_names_that_are_taken_are_drawn_again_a_few_times(town: Deployment) -> None:
    """Then the request is refused, and holds no name."""
    taken = Taken(town.zones)
    registry = replace(town.desk.registry, zones=taken)  # type: ignore[arg-type]  # a port
    town.desk = replace(town.desk, registry=registry)
    with pytest.raises(Conflict):
        town.request_mixed("*.example.test", "www.example.org")
    assert taken.tries == 5
    assert town.holdings.holder("www.example.org") == ""
    assert town.store.managed == {}


def test_a_new_name_server_name_changes_the_zone_in_place(town: Deployment) -> None:
    """Same id, same origin, served with its new NS."""
    town.request(*WILDCARD)
    zone = town.zone()
    changed = rename_zone(town.desk, zone, None, "ns.example.test")
    assert changed == replace(zone, name_server="ns.example.test") == town.zone()
    assert town.answers.zones[zone.origin].name_servers == ("ns.example.test",)


def test_the_same_names_change_nothing_but_are_served(town: Deployment) -> None:
    """Also where the first time crashed between the registry and the nodes."""
    town.request(*WILDCARD)
    zone = town.zone()
    town.answers.withdraw_zone(zone.origin)
    assert rename_zone(town.desk, zone, zone.origin.upper(), None) == zone == town.zone()
    assert set(town.answers.zones) == {zone.origin}


@pytest.mark.parametrize(
    "place", ["answers.publish_zone", "registry.owners.set_current_zone", "registry.zones.update", "queue.send"]
)
def test_a_rename_that_crashed_anywhere_is_ended_by_asking_again(
    town: Deployment, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Its origin is not taken for ever by what the crash left, and the old zone retires."""
    town.issue(*WILDCARD)
    town.request("*.example.com")
    old = town.zone()
    *path, name = place.split(".")
    with monkeypatch.context() as broken:
        broken.setattr(reduce(getattr, path, town.desk), name, crash)
        with pytest.raises(RuntimeError):
            rename_zone(town.desk, old, "acme.example.test", None)
    kept = find_zone(town.desk, old.id)
    if not kept.is_retiring:
        rename_zone(town.desk, kept, "acme.example.test", "ns.example.test")
    assert town.zone().origin == "acme.example.test"
    assert {zone.origin: zone.is_retiring for zone in town.zones.list_all()} == {
        old.origin: True,
        town.zone().origin: False,
    }
    assert set(town.answers.zones) == {old.origin, "acme.example.test"}


def crash(*_: object, **__: object) -> None:
    """Die in the place of a call."""
    raise RuntimeError("crash")


def test_a_rename_back_to_what_was_never_retired_takes_that_zone_up(town: Deployment) -> None:
    """Two zones of one owner at one origin can't be."""
    town.issue(*WILDCARD)
    old = town.zone()
    new = rename_zone(town.desk, old, "acme.example.test", None)
    town.zones.update(find_zone(town.desk, old.id), old)
    again = rename_zone(town.desk, new, old.origin, None)
    assert (again.id, town.zone().id) == (old.id, old.id)


def test_a_zone_nobody_ever_pointed_at_is_replaced_at_once(town: Deployment) -> None:
    """The user has not added its records yet."""
    town.request(*WILDCARD)
    old = town.zone()
    new = rename_zone(town.desk, old, "acme.example.test", "ns.example.test")
    assert (new.origin, new.name_server, new.owner) == ("acme.example.test", "ns.example.test", "own_a")
    assert town.zone() == new
    assert town.zones.list_all() == (new,)
    assert set(town.answers.zones) == {"acme.example.test"}


def test_a_zone_in_use_retires_and_its_delegations_still_count(town: Deployment) -> None:
    """Answers are published where the fresh walk ended, in the old zone."""
    certificate_id = town.issue(*WILDCARD)
    old = town.zone()
    new = rename_zone(town.desk, old, "acme.example.test", None)
    kept = town.zones.read(old.id)
    assert kept is not None
    assert (kept.is_retiring, town.zone()) == (True, new)
    assert set(town.answers.zones) == {old.origin, new.origin}
    delegation = town.delegations.read("own_a", "example.test")
    assert delegation is not None
    target = delegation.fulldomain(old.origin)
    town.checks.targets["example.test"] = target
    town.nodes.lag("node-a")
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    town.run_until(certificate_id, "awaiting-nodes")
    assert {answer.name for answer in town.served if isinstance(answer, TxtAnswer)} == {target}


def test_the_successor_of_a_shared_zone_is_shared(town: Deployment) -> None:
    """The others who use it are shown the new one."""
    town.request(*WILDCARD)
    shared = replace(town.zone(), is_shared=True)
    town.zones.update(town.zone(), shared)
    assert rename_zone(town.desk, shared, "acme.example.test", None).is_shared


def test_certificates_that_wait_are_looked_at_again_when_their_zone_is_renamed(town: Deployment) -> None:
    """So that they name the new records at once; one that is issued is left alone."""
    issued = town.issue("www.example.test")
    town.checks.problems["example.test"] = CNAME_MISSING
    waiting = town.request(*WILDCARD)
    town.advance(waiting)
    town.queue.drop_all()
    due_at = town.work(issued).due_at
    rename_zone(town.desk, town.zone(), "acme.example.test", None)
    assert town.queue.receive() == [waiting]
    assert (town.work(waiting).due_at, town.work(issued).due_at) == (town.clock.now(), due_at)


REFUSED = [
    ("example.test", None, "origin", "zone-at-domain"),
    ("test", None, "origin", "name-not-qualified"),
    ("co.uk", None, "origin", "zone-at-domain"),
    ("*.example.test", None, "origin", "wildcard-place"),
    ("bad_name.example.test", None, "origin", "label-characters"),
    (".".join(["a" * 60] * 4), None, "origin", "zone-too-long"),
    (None, "co.uk", "name_server", "name-server"),
    ("acme.example.test", "acme.example.test", "name_server", "name-server"),
    (None, "ns..example.test", "name_server", "empty-label"),
]


@pytest.mark.parametrize(("origin", "name_server", "field", "code"), REFUSED)
def test_names_that_no_zone_can_have_are_refused_with_their_field(
    town: Deployment, origin: str | None, name_server: str | None, field: str, code: str
) -> None:
    """And nothing changes."""
    town.request(*WILDCARD)
    zone, served = town.zone(), dict(town.answers.zones)
    with pytest.raises(InvalidRequest) as refused:
        rename_zone(town.desk, zone, origin, name_server)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert (town.zone(), town.answers.zones) == (zone, served)


SQUATTING = [
    ("acme.victim.test", None, "origin"),
    ("acme.victim.test", "ns.victim.test", "origin"),
    (None, "ns.victim.test", "name_server"),
    ("deep.acme.example.com", None, "origin"),
]


@pytest.mark.parametrize(("origin", "name_server", "field"), SQUATTING)
def test_a_zone_takes_no_name_that_its_owners_patterns_do_not_grant(
    town: Deployment, origin: str | None, name_server: str | None, field: str
) -> None:
    """Else one owner could keep all others out of any domain."""
    town.add_owner("own_b", "*.example.com")
    town.request("*.example.com", owner="own_b")
    zone, served = town.zone("own_b"), dict(town.answers.zones)
    with pytest.raises(NotAllowed, match="have an operator grant it") as refused:
        rename_zone(town.desk, zone, origin, name_server)
    assert (refused.value.field, refused.value.code) == (field, "name-not-granted")
    assert (town.zone("own_b"), town.answers.zones) == (zone, served)


def test_a_zone_takes_names_that_a_wildcard_of_its_owner_covers(town: Deployment) -> None:
    """Who may have `*.example.com` may have what it covers; names that stay as they are need no grant."""
    town.add_owner("own_b", "*.example.com")
    town.request("*.example.com", owner="own_b")
    zone = rename_zone(town.desk, town.zone("own_b"), "acme.example.com", "ns.example.com")
    assert (zone.origin, zone.name_server) == ("acme.example.com", "ns.example.com")
    town.owners.change(replace(town.owner("own_b"), patterns=("www.example.org",)))
    assert rename_zone(town.desk, zone, "acme.example.com", "ns.example.com") == zone


def test_an_origin_that_overlaps_another_zone_is_refused(town: Deployment) -> None:
    """Zones do not overlap, not even with the one they follow."""
    town.request(*WILDCARD)
    zone = town.zone()
    with pytest.raises(Conflict):
        rename_zone(town.desk, zone, f"deeper.{zone.origin}", None)
    assert town.zone() == zone


def test_a_retiring_zone_cannot_be_renamed(town: Deployment) -> None:
    """The current one can."""
    town.request(*WILDCARD)
    with pytest.raises(Conflict) as refused:
        rename_zone(town.desk, replace(town.zone(), is_retiring=True), "acme.example.test", None)
    assert refused.value.code == "zone-retiring"


def test_a_zone_that_is_not_the_owners_current_one_any_more_cannot_be_renamed(town: Deployment) -> None:
    """Two renames at once: the second changes nothing."""
    town.request(*WILDCARD)
    old = town.zone()
    new = rename_zone(town.desk, old, "acme.example.test", None)
    town.zones.create(old)
    with pytest.raises(Conflict) as refused:
        rename_zone(town.desk, old, "other.example.test", None)
    assert refused.value.code == "zone-not-current"
    assert town.zone() == new
    assert "other.example.test" not in town.answers.zones


def test_a_zone_is_looked_at_on_request(town: Deployment) -> None:
    """As it ought to be seen."""
    town.request(*WILDCARD)
    zone = town.zone()
    assert check_zone(town.desk, zone) is None
    problem = Problem("zone-ns-missing", "Add the NS.", Actor.USER)
    town.checks.zone_problems[zone.origin] = problem
    assert check_zone(town.desk, zone) == problem


def test_an_unknown_zone_is_not_found(town: Deployment) -> None:
    """By its id."""
    town.request(*WILDCARD)
    assert find_zone(town.desk, town.zone().id) == town.zone()
    with pytest.raises(NotFound):
        find_zone(town.desk, "zon_unknown")
