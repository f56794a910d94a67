"""Closed attempts, the same in memory and in DynamoDB."""

from dataclasses import replace

from certwright.ports import Changes
from tests.contract.certificate_world import World
from tests.contract.samples import CLOSED, NOW


def close(world: World, *begun: int) -> None:
    """Save closed attempts that began at these instants."""
    for at in begun:
        claimed = world.claim()
        attempt = replace(CLOSED.attempt, id=f"att_{at * 7919 % 1009}", started_at=at)
        closed = replace(CLOSED, attempt=attempt)
        after = replace(claimed.work, due_at=NOW)
        world.jobs.save(Changes(claimed.desired, claimed.work, after, NOW, is_released=True, closed=closed))


def test_closed_attempts_are_read_newest_first(world: World) -> None:
    """Whatever their ids, and whole: with their stages and the problem that ended them."""
    world.store()
    close(world, NOW + 2, NOW + 9, NOW + 1)
    found = world.attempts.list_closed("crt_1", 2)
    assert [item.attempt.started_at for item in found] == [NOW + 9, NOW + 2]
    assert replace(found[0].attempt, id=CLOSED.attempt.id, started_at=CLOSED.attempt.started_at) == CLOSED.attempt
    assert found[0].closed_at == CLOSED.closed_at


def test_attempts_are_one_certificates_own(world: World) -> None:
    """None of another, and none where there is none."""
    world.store()
    world.store("crt_2")
    close(world, NOW)
    assert world.attempts.list_closed("crt_2", 10) == ()
    assert world.attempts.list_closed("crt_3", 10) == ()
