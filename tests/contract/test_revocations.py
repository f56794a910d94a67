"""Versions that are to be revoked, the same in memory and in DynamoDB."""

import pytest

from certwright.domain.errors import NotFound
from certwright.domain.revocation import Reason, Revocation
from tests.contract.at_once import at_once
from tests.contract.certificate_world import World
from tests.contract.samples import NOW

ASKED = Revocation(1, Reason.KEY_COMPROMISE, NOW, reissues=True)


def test_a_revocation_is_added_to_what_was_asked(world: World) -> None:
    """In the order of asking; nothing else changes."""
    new, second = world.store(), Revocation(2, Reason.SUPERSEDED, NOW, reissues=False)
    world.revocations.ask("crt_1", ASKED)
    world.revocations.ask("crt_1", second)
    assert world.read().desired.revocations == (ASKED, second)
    assert world.read().work == new.work


def test_a_worker_that_holds_the_lease_does_not_undo_it(world: World) -> None:
    """What was asked is not the worker's to write."""
    world.store()
    world.claim()
    world.revocations.ask("crt_1", ASKED)
    read = world.jobs.read_work("crt_1")
    assert read is not None
    assert read.desired.revocations == (ASKED,)


def test_callers_at_once_lose_nothing(world: World) -> None:
    """Each of them is told that it is stored."""
    world.store()
    asked = [Revocation(version, Reason.SUPERSEDED, NOW, reissues=True) for version in range(1, 5)]
    at_once(*[lambda each=each: world.revocations.ask("crt_1", each) for each in asked])
    assert set(world.read().desired.revocations) == set(asked)


def test_a_certificate_that_is_not_there_has_nothing_to_revoke(world: World) -> None:
    """It does not come into being either."""
    with pytest.raises(NotFound):
        world.revocations.ask("crt_9", ASKED)
    assert world.certificates.read("crt_9") is None
