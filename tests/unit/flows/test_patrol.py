"""Zones are watched, and CNAMEs left over of deleted delegations are told of until they are gone."""

from dataclasses import replace

import pytest

from certwright.domain.delegation_watch import State, state_of
from certwright.domain.owner import Delegation, Zone
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import DAY, HOUR, MINUTE
from certwright.domain.zone_watch import trouble_of
from certwright.flows.patrol import ZONES, patrol
from certwright.flows.zones import rename_zone
from tests.support.deployment import CNAME_MISSING, WILDCARD, Deployment

DS = Problem("zone-ds", "Delete the DS records.", Actor.USER)
NAME = "_acme-challenge.example.test"


def go_round(town: Deployment, beat: str = ZONES) -> int:
    """Let a worker take a message of the schedule."""
    return patrol(town.workshop, beat, 45_000)


def patrol_for(town: Deployment, days: float, beat: str = ZONES) -> None:
    """Let days pass, with a patrol every ten minutes, or every day for delegations."""
    pause = 10 * MINUTE if beat == ZONES else DAY
    for _ in range(int(days * DAY) // pause):
        town.clock.advance(milliseconds=pause)
        go_round(town, beat)


def delegation(town: Deployment, domain: str = "example.test", owner: str = "own_a") -> Delegation:
    """Look at what is stored of a delegation."""
    found = town.delegations.read(owner, domain)
    assert found is not None
    return found


def stored(town: Deployment, zone: Zone) -> Zone:
    """Look at what is stored of a zone."""
    found = town.zones.read(zone.id)
    assert found is not None
    return found


def deleted(town: Deployment) -> Delegation:
    """Have a certificate that was issued and deleted, its CNAME left where it was."""
    certificate_id = town.issue(*WILDCARD)
    target = delegation(town).fulldomain(town.zone().origin)
    town.checks.aliases[NAME] = (target,)
    town.delete(certificate_id)
    town.run_until(certificate_id, "removed")
    return delegation(town)


def test_each_zone_is_looked_at_four_times_a_day(town: Deployment) -> None:
    """However often a patrol comes by."""
    town.issue(*WILDCARD)
    town.checks.calls.clear()
    patrol_for(town, 2)
    assert town.checks.calls["check_zone"] == 8


def test_a_zone_in_trouble_is_told_once_when_it_is_seen_twice_and_once_when_it_stands_again(town: Deployment) -> None:
    """With what the parent or the name server has in place of ours."""
    town.issue(*WILDCARD)
    zone = town.zone()
    go_round(town)
    town.checks.zone_problems[zone.origin] = DS
    patrol_for(town, 2)
    assert trouble_of(stored(town, zone)) == DS
    (told,) = town.notices.all
    assert (told.id, told.name, told.state, told.reason, told.sentence) == (
        zone.id,
        zone.origin,
        "broken",
        "zone-ds",
        DS.sentence,
    )
    del town.checks.zone_problems[zone.origin]
    patrol_for(town, 1)
    assert [notice.state for notice in town.notices.all] == ["broken", "stands"]
    assert trouble_of(stored(town, zone)) is None


def test_what_is_wrong_with_a_zone_for_one_look_is_told_to_nobody(town: Deployment) -> None:
    """The second look comes after an hour."""
    town.issue(*WILDCARD)
    zone = town.zone()
    town.checks.zone_problems[zone.origin] = DS
    go_round(town)
    assert stored(town, zone).problem == DS
    assert trouble_of(stored(town, zone)) is None
    del town.checks.zone_problems[zone.origin]
    town.clock.advance(milliseconds=HOUR)
    assert go_round(town) == 1
    patrol_for(town, 1)
    assert town.notices.all == []


def test_a_zone_that_nobody_has_used_yet_is_in_nobodys_trouble(town: Deployment) -> None:
    """Its records are still to be added: the requests that wait for them say so."""
    town.checks.problems["example.test"] = CNAME_MISSING
    town.request(*WILDCARD)
    zone = town.zone()
    town.checks.zone_problems[zone.origin] = DS
    patrol_for(town, 1)
    assert stored(town, zone).problem == DS
    assert trouble_of(stored(town, zone)) is None
    assert town.notices.all == []


def test_a_zone_that_changes_while_it_is_looked_at_keeps_the_change(
    town: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look is made again next time."""
    town.issue(*WILDCARD)
    zone = town.zone()

    def rename(*_: object) -> None:
        town.zones.update(stored(town, zone), replace(stored(town, zone), name_server="ns.example.test"))

    monkeypatch.setattr(town.checks, "check_zone", rename)
    go_round(town)
    assert (stored(town, zone).name_server, stored(town, zone).looked_at) == ("ns.example.test", 0)


def test_a_retiring_zone_is_dropped_when_no_walk_has_ended_in_it_for_thirty_days(town: Deployment) -> None:
    """Counted from its retirement; the nodes serve it no more."""
    town.issue(*WILDCARD)
    old = town.zone()
    new = rename_zone(town.desk, old, "acme.example.test", None)
    patrol_for(town, 29.5)
    assert town.zones.read(old.id) is not None
    patrol_for(town, 1)
    assert town.zones.list_all() == (town.zone(),)
    assert set(town.answers.zones) == {new.origin}


def test_days_in_which_nothing_was_looked_at_drop_no_zone(town: Deployment) -> None:
    """After an outage certificates have weeks to be looked at before their zone may go."""
    town.issue(*WILDCARD)
    old = town.zone()
    rename_zone(town.desk, old, "acme.example.test", None)
    town.clock.advance(milliseconds=40 * DAY)
    patrol_for(town, 20)
    assert town.zones.read(old.id) is not None
    patrol_for(town, 6)
    assert town.zones.read(old.id) is None


def test_a_retiring_zone_that_an_issued_certificate_uses_stays_as_long_as_it_does(town: Deployment) -> None:
    """The looks at the certificate's records, and at CNAMEs left over, end in it."""
    certificate_id = town.issue(*WILDCARD)
    old = town.zone()
    rename_zone(town.desk, old, "acme.example.test", None)
    town.checks.targets["example.test"] = delegation(town).fulldomain(old.origin)
    for _ in range(50):
        patrol_for(town, 1)
        if town.work(certificate_id).due_at <= town.clock.now():
            town.advance(certificate_id)
    assert town.zones.read(old.id) is not None


def test_the_last_certificate_of_a_domain_leaves_a_tombstone(town: Deployment) -> None:
    """Not the one before; and the same domain gets the same target again, from then on alive."""
    first, second = town.issue(*WILDCARD), town.issue("*.example.test")
    uuid = delegation(town).uuid
    town.delete(first)
    town.run_until(first, "removed")
    assert (delegation(town).deleted_at, delegation(town).certificates) == (0, (second,))
    town.delete(second)
    town.run_until(second, "removed")
    assert delegation(town).deleted_at == town.clock.now()
    third = town.request(*WILDCARD)
    assert (delegation(town).uuid, delegation(town).deleted_at) == (uuid, 0)
    assert delegation(town).certificates == (third,)


def test_a_cname_left_over_is_told_a_day_later_and_its_end_too(town: Deployment) -> None:
    """So that nobody hears of what they are about to remove; then it is looked at no more."""
    left = deleted(town)
    town.clock.advance(milliseconds=HOUR)
    assert go_round(town, "own_a") == 0
    patrol_for(town, 1, "own_a")
    (told,) = town.notices.all
    assert (told.name, told.state, told.reason) == ("example.test", "left-over", "cname-left-over")
    assert f"{NAME} CNAME {left.target}" in told.sentence
    patrol_for(town, 5, "own_a")
    assert len(town.notices.all) == 1
    del town.checks.aliases[NAME]
    patrol_for(town, 1, "own_a")
    assert [notice.state for notice in town.notices.all] == ["left-over", "deleted"]
    town.checks.calls.clear()
    patrol_for(town, 10, "own_a")
    assert town.checks.calls["find_aliases"] == 0


def test_a_deleted_delegation_that_leads_to_another_uuid_is_no_left_over(town: Deployment) -> None:
    """It is somebody else's by now."""
    deleted(town)
    town.checks.aliases[NAME] = ("7d3ab1c2-0000-4000-8000-000000000000.acme.elsewhere.test",)
    patrol_for(town, 2, "own_a")
    assert state_of(delegation(town)) is State.DELETED


def test_a_certificate_that_was_requested_before_its_delegation_counted_it_is_counted_by_a_look(
    town: Deployment,
) -> None:
    """And takes a tombstone away that another's deletion left by mistake."""
    certificate_id = town.issue(*WILDCARD)
    town.delegations.release("own_a", "example.test", certificate_id)
    town.delegations.set_deleted("own_a", "example.test", town.clock.now())
    town.wake(certificate_id)
    town.advance(certificate_id)
    assert delegation(town).certificates == (certificate_id,)
    assert delegation(town).deleted_at == 0
