"""Renewals that are asked for, the same in memory and in DynamoDB."""

from dataclasses import replace

import pytest

from certwright.domain.asked_renewal import AskedRenewal
from certwright.domain.ca_choice import CaWish
from certwright.domain.certificate import Event
from certwright.domain.errors import NotFound, StaleRevision
from tests.contract.at_once import at_once
from tests.contract.certificate_world import World
from tests.contract.samples import LEASE, NOW, managed

ASKED = AskedRenewal(1, NOW)
TOLD = Event(NOW + 1, "issued", "renewal-requested", "A renewal was asked for.")


def test_what_was_asked_last_is_stored_with_its_event(world: World) -> None:
    """And a worker is called, also one that rests."""
    new, later = world.store(due_at=NOW + LEASE), AskedRenewal(1, NOW + 1, unwanted_key="00ff")
    world.renewals.ask("crt_1", ASKED, TOLD)
    world.renewals.ask("crt_1", later, TOLD, ASKED)
    assert world.read().desired.renewal == later
    assert world.read().work == replace(new.work, wake=2, due_at=TOLD.at)
    assert TOLD in world.certificates.list_events("crt_1", 10)


def test_a_worker_that_holds_the_lease_does_not_undo_it(world: World) -> None:
    """What was asked is not the worker's to write."""
    world.store()
    world.claim()
    world.renewals.ask("crt_1", ASKED, TOLD)
    read = world.jobs.read_work("crt_1")
    assert read is not None
    assert read.desired.renewal == ASKED


@pytest.mark.parametrize("instead_of", [None, AskedRenewal(7, NOW)])
def test_who_read_something_else_changes_nothing(world: World, instead_of: AskedRenewal | None) -> None:
    """Neither the wish nor the history, and no worker is called."""
    world.store()
    world.renewals.ask("crt_1", ASKED, TOLD)
    stands, told = world.read(), world.certificates.list_events("crt_1", 10)
    with pytest.raises(StaleRevision):
        world.renewals.ask("crt_1", AskedRenewal(2, NOW), TOLD, instead_of)
    assert world.read() == stands
    assert world.certificates.list_events("crt_1", 10) == told


def test_of_callers_at_once_one_comes_first(world: World) -> None:
    """The others are told."""
    world.store()
    refused = []

    def ask(version: int) -> None:
        try:
            world.renewals.ask("crt_1", AskedRenewal(version, NOW), TOLD)
        except StaleRevision:
            refused.append(version)

    at_once(*[lambda version=version: ask(version) for version in range(1, 5)])
    asked = world.read().desired.renewal
    assert asked is not None
    assert sorted((asked.version, *refused)) == [1, 2, 3, 4]


MOVED = Event(NOW + 2, "issued", "renewal-requested", "Moved.")


def test_other_cas_are_asked_from_now_on(world: World) -> None:
    """Lists show it at once; who rests is called."""
    before = world.store(due_at=NOW + LEASE)
    after = replace(before.desired, account="b", profile="short", cas=(CaWish("b"), CaWish("c", "p")), renewal=ASKED)
    world.renewals.move(before, after, MOVED)
    assert world.read().desired == after
    assert (world.read().work.wake, world.read().work.due_at) == (1, MOVED.at)
    (shown,) = world.certificates.list_summaries("own_a", "", 10).items
    assert (shown.account, shown.cas) == ("b", ("b", "c"))
    assert MOVED in world.certificates.list_events("crt_1", 10)


def test_a_worker_in_the_middle_of_its_work_keeps_its_lease(world: World) -> None:
    """It hears of the move when it lets go."""
    before = world.store()
    claimed = world.claim()
    world.renewals.move(before, replace(before.desired, account="b"), MOVED)
    stands = world.read().work
    assert (stands.due_at, stands.revision, stands.wake) == (claimed.work.due_at, claimed.work.revision, 1)


def test_what_has_changed_meanwhile_is_not_moved(world: World) -> None:
    """Neither by a renewal that was asked for, nor by another move."""
    before = world.store()
    after = replace(before.desired, account="b")
    world.renewals.ask("crt_1", ASKED, TOLD)
    with pytest.raises(StaleRevision):
        world.renewals.move(before, after, MOVED)
    fresh = world.read()
    world.renewals.move(fresh, replace(fresh.desired, account="b"), MOVED)
    with pytest.raises(StaleRevision):
        world.renewals.move(fresh, replace(fresh.desired, account="c"), MOVED)
    assert world.read().desired == replace(fresh.desired, account="b")


def test_what_is_gone_is_not_moved(world: World) -> None:
    """And does not come back."""
    gone = managed("crt_9", owner="own_a", due_at=NOW)
    with pytest.raises((NotFound, StaleRevision)):
        world.renewals.move(gone, gone.desired, MOVED)
    assert world.certificates.read("crt_9") is None


def test_a_certificate_that_is_not_there_can_not_be_renewed(world: World) -> None:
    """It does not come into being either."""
    with pytest.raises(NotFound):
        world.renewals.ask("crt_9", ASKED, TOLD)
    assert world.certificates.read("crt_9") is None
