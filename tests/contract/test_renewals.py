"""Renewals that are asked for, the same in memory and in DynamoDB."""

import pytest

from certwright.domain.asked_renewal import AskedRenewal
from certwright.domain.certificate import Event
from certwright.domain.errors import NotFound, StaleRevision
from tests.contract.at_once import at_once
from tests.contract.certificate_world import World
from tests.contract.samples import NOW

ASKED = AskedRenewal(1, NOW)
TOLD = Event(NOW + 1, "issued", "renewal-requested", "A renewal was asked for.")


def test_what_was_asked_last_is_stored_with_its_event(world: World) -> None:
    """How far the work is does not change."""
    new, later = world.store(), AskedRenewal(1, NOW + 1, unwanted_key="00ff")
    world.renewals.ask("crt_1", ASKED, TOLD)
    world.renewals.ask("crt_1", later, TOLD, ASKED)
    assert world.read().desired.renewal == later
    assert world.read().work == new.work
    assert world.certificates.list_events("crt_1", 10)[0] == TOLD


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
    """Neither the wish nor the history."""
    world.store()
    world.renewals.ask("crt_1", ASKED, TOLD)
    told = world.certificates.list_events("crt_1", 10)
    with pytest.raises(StaleRevision):
        world.renewals.ask("crt_1", AskedRenewal(2, NOW), TOLD, instead_of)
    assert world.read().desired.renewal == ASKED
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


def test_a_certificate_that_is_not_there_can_not_be_renewed(world: World) -> None:
    """It does not come into being either."""
    with pytest.raises(NotFound):
        world.renewals.ask("crt_9", ASKED, TOLD)
    assert world.certificates.read("crt_9") is None
