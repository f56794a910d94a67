"""One order in flight for the same names, the same in memory and in DynamoDB."""

from dataclasses import replace

from certwright.ports import Changes, Holder
from tests.contract.at_once import at_once
from tests.contract.certificate_world import World
from tests.contract.samples import CLOSED, NOW


def test_a_save_that_ends_an_attempt_frees_its_hold(world: World) -> None:
    """The next certificate of the same names can order at once."""
    world.store()
    claimed = world.claim()
    world.holds.take("key", Holder("crt_1", "att_1"))
    world.jobs.save(Changes(claimed.desired, claimed.work, claimed.work, NOW, closed=CLOSED, drops_hold="key"))
    other = Holder("crt_2", "att_2")
    assert world.holds.take("key", other) == other


def test_a_save_never_frees_the_hold_of_another(world: World) -> None:
    """One that was taken over stays taken, and the save goes through all the same."""
    world.store()
    claimed = world.claim()
    other = Holder("crt_2", "att_2")
    world.holds.take("key", other)
    saved = world.jobs.save(Changes(claimed.desired, claimed.work, claimed.work, NOW, drops_hold="key"))
    assert world.read().work == saved
    assert world.holds.take("key", Holder("crt_3", "att_3")) == other
    world.jobs.save(Changes(claimed.desired, saved, saved, NOW, drops_hold="no such hold"))


def test_a_hold_is_the_first_ones_until_it_is_taken_over(world: World) -> None:
    """Only whoever names the present holder replaces it."""
    first, second, third = (Holder(f"crt_{at}", f"att_{at}") for at in range(3))
    assert world.holds.take("key", first) == first
    assert world.holds.take("key", second) == first
    assert world.holds.take("key", second, instead_of=third) == first
    assert world.holds.take("key", second, instead_of=first) == second
    assert world.holds.take("another key", third) == third


def test_of_many_at_once_one_has_the_hold(world: World) -> None:
    """All are told the same holder."""
    calls = [lambda at=at: world.holds.take("key", Holder(f"crt_{at}", "att")) for at in range(6)]
    assert len(set(at_once(*calls))) == 1


def test_a_save_takes_a_free_hold_for_the_attempt_it_begins(world: World) -> None:
    """In one write: an attempt that is stored has its names, where nobody had them."""
    world.store()
    claimed = world.claim()
    begun = replace(claimed.work, attempt=CLOSED.attempt)
    world.jobs.save(Changes(claimed.desired, claimed.work, begun, NOW, takes_hold="key"))
    assert world.holds.read("key") == Holder("crt_1", CLOSED.attempt.id)


def test_a_save_never_takes_the_hold_of_another(world: World) -> None:
    """The attempt is stored all the same; it has to wait."""
    world.store()
    claimed, other = world.claim(), Holder("crt_2", "att_2")
    world.holds.take("key", other)
    begun = replace(claimed.work, attempt=CLOSED.attempt)
    saved = world.jobs.save(Changes(claimed.desired, claimed.work, begun, NOW, takes_hold="key"))
    assert world.read().work == saved
    assert world.holds.read("key") == other
    assert world.holds.read("another key") is None
