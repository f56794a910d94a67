"""What the watch sees of all certificates, the same in memory and in DynamoDB."""

from dataclasses import replace

from certwright.domain.renewal import late_at
from certwright.domain.shown import FIRST_ISSUE, Hearer
from certwright.ports import Changes, Lateness
from tests.contract.certificate_world import World
from tests.contract.samples import CURRENT, NOW, PROBLEM


def test_the_oldest_due_time_is_found_over_all_partitions(world: World) -> None:
    """None without a certificate; a claimed one counts with the end of its lease."""
    assert world.overview.oldest_due() is None
    for number in range(8):
        world.store(f"crt_{number}", due_at=NOW + number)
    assert world.overview.oldest_due() == NOW
    world.claim("crt_0")
    assert world.overview.oldest_due() == NOW + 1


def test_certificates_are_listed_by_when_they_are_late(world: World) -> None:
    """First the one that is late first, no more than asked for; a new request is late after a day."""
    for number in (2, 0, 1):
        world.store(f"crt_{number}", due_at=NOW + number)
    listed = world.overview.list_by_lateness(Hearer.OPERATOR, 2)
    assert listed == (Lateness("crt_0", NOW + FIRST_ISSUE), Lateness("crt_1", NOW + 1 + FIRST_ISSUE))
    assert world.overview.list_by_lateness(Hearer.USER, 2) == ()


def test_what_waits_for_its_user_is_listed_apart(world: World) -> None:
    """Nobody is called at night for a record that somebody else has to add."""
    world.store()
    claimed = world.claim()
    waiting = replace(claimed.work, problem=PROBLEM)
    world.jobs.save(Changes(claimed.desired, claimed.work, waiting, NOW, is_released=True))
    assert world.overview.list_by_lateness(Hearer.OPERATOR, 2) == ()
    assert [found.certificate for found in world.overview.list_by_lateness(Hearer.USER, 2)] == ["crt_1"]


def test_a_new_version_is_late_by_its_own_lifetime(world: World) -> None:
    """And what lists show of it can be read by its id."""
    world.store()
    claimed = world.claim()
    issued = replace(claimed.work, current=CURRENT)
    world.jobs.save(Changes(claimed.desired, claimed.work, issued, NOW, is_released=True))
    (found,) = world.overview.list_by_lateness(Hearer.OPERATOR, 2)
    assert found == Lateness("crt_1", late_at(CURRENT.not_before, CURRENT.not_after))
    summary = world.overview.read_summary("crt_1")
    assert summary is not None
    assert (summary.late_at, summary.expires_at) == (found.late_at, CURRENT.not_after)
    assert world.overview.read_summary("crt_2") is None
