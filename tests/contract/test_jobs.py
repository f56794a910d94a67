"""The lease, the fence and what lands together, the same in memory and in DynamoDB."""

from dataclasses import replace

import pytest

from certwright.domain.certificate import Work
from certwright.domain.errors import StaleRevision
from certwright.ports import Changes, Holder, Managed, NotClaimed
from tests.contract.at_once import at_once
from tests.contract.certificate_world import World
from tests.contract.samples import CLOSED, CURRENT, LEASE, NOW, desired, event, full_work


def test_every_field_survives_a_save(world: World) -> None:
    """What a worker stores is what the next one loads."""
    world.store()
    claimed = world.claim()
    after = full_work(claimed.work)

    saved = world.jobs.save(Changes(claimed.desired, claimed.work, after, NOW))

    assert saved == replace(after, revision=2, claims_since_save=0)
    assert world.read().work == saved


def test_a_claim_moves_due_time_and_revision(world: World) -> None:
    """The lease is the due time, and the claim is the fence."""
    new = world.store()
    claimed = world.claim()
    assert claimed.desired == new.desired
    assert claimed.work == replace(new.work, due_at=NOW + LEASE, claimed_by="worker-1", claims_since_save=1, revision=1)
    assert world.read() == claimed


def test_a_claimed_certificate_is_not_claimed_again_before_its_lease_ends(world: World) -> None:
    """Who fails is told when to come back."""
    world.store()
    world.claim()
    assert world.jobs.claim("crt_1", "worker-2", NOW + 1, NOW + LEASE + 1) == NotClaimed(NOW + LEASE, True)

    taken_over = world.claim(now=NOW + LEASE, worker="worker-2")

    assert (taken_over.work.claimed_by, taken_over.work.claims_since_save) == ("worker-2", 2)


def test_what_is_not_due_is_not_claimed(world: World) -> None:
    """Unclaimed and early: the due time is told."""
    world.store(due_at=NOW + 1500)
    assert world.jobs.claim("crt_1", "worker-1", NOW, NOW + LEASE) == NotClaimed(NOW + 1500, False)
    assert world.jobs.claim("crt_2", "worker-1", NOW, NOW + LEASE) is None


def test_of_many_workers_at_once_one_claims(world: World) -> None:
    """Duplicate messages are harmless."""
    world.store()
    calls = [lambda at=at: world.jobs.claim("crt_1", f"worker-{at}", NOW, NOW + LEASE) for at in range(6)]
    won = [claimed for claimed in at_once(*calls) if isinstance(claimed, Managed)]
    assert len(won) == 1
    assert world.read().work == won[0].work


def test_a_save_in_between_keeps_lease_and_claim(world: World) -> None:
    """Only the save that releases sets the next due time."""
    world.store()
    claimed = world.claim()
    after = replace(claimed.work, checked_at=NOW, due_at=NOW + 5)

    saved = world.jobs.save(Changes(claimed.desired, claimed.work, after, NOW))

    assert (saved.due_at, saved.claimed_by, saved.claims_since_save) == (NOW + LEASE, "worker-1", 0)
    assert world.read().work == saved
    again = world.jobs.save(Changes(claimed.desired, saved, replace(saved, failures=1), NOW))
    assert (again.revision, again.failures) == (3, 1)


def test_a_releasing_save_sets_the_due_time(world: World) -> None:
    """Then anybody may claim it when it is due."""
    world.store()
    claimed = world.claim()
    after = replace(claimed.work, due_at=NOW + 5000)

    saved = world.jobs.save(Changes(claimed.desired, claimed.work, after, NOW, is_released=True))

    assert (saved.due_at, saved.claimed_by) == (NOW + 5000, "")
    assert world.read().work == saved
    assert world.claim(now=NOW + 5000, worker="worker-2").work.claims_since_save == 1


def test_a_worker_that_lost_its_lease_can_not_save(world: World) -> None:
    """The revision fences off whoever was frozen and thawed."""
    world.store()
    claimed = world.claim()
    world.claim(now=NOW + LEASE, worker="worker-2")
    for is_released in (False, True):
        with pytest.raises(StaleRevision):
            world.jobs.save(Changes(claimed.desired, claimed.work, claimed.work, NOW, is_released=is_released))
    assert world.read().work.claimed_by == "worker-2"


@pytest.mark.parametrize("is_landing_more", [False, True])
def test_the_same_save_twice_is_refused(world: World, is_landing_more: bool) -> None:
    """A save counts once, alone or with what lands beside it."""
    world.store()
    claimed = world.claim()
    closed = CLOSED if is_landing_more else None
    changes = Changes(claimed.desired, claimed.work, claimed.work, NOW, closed=closed)
    world.jobs.save(changes)
    with pytest.raises(StaleRevision):
        world.jobs.save(changes)


def test_nothing_is_saved_without_a_claim(world: World) -> None:
    """Neither for a certificate at rest nor for one that is gone."""
    new = world.store()
    with pytest.raises(StaleRevision):
        world.jobs.save(Changes(new.desired, new.work, new.work, NOW))
    gone = replace(new.work, id="crt_2", claimed_by="worker-1")
    with pytest.raises(StaleRevision):
        world.jobs.save(Changes(desired("crt_2"), gone, gone, NOW))
    assert world.jobs.read_work("crt_2") is None


def test_a_change_of_state_lands_with_its_summary_and_event(world: World) -> None:
    """What people see never lags behind what was saved."""
    world.store()
    claimed = world.claim()
    after = replace(claimed.work, current=CURRENT, reason="issued", renew_at=NOW + 7)

    world.jobs.save(Changes(claimed.desired, claimed.work, after, NOW + 1))

    (shown,) = world.certificates.list_summaries("own_a", "", 10).items
    assert (shown.state, shown.issued_at, shown.expires_at) == ("issued", CURRENT.stored_at, CURRENT.not_after)
    newest = world.certificates.list_events("crt_1", 1)
    assert [(item.at, item.state, item.reason) for item in newest] == [(NOW + 1, "issued", "issued")]


def test_a_refused_save_lands_nothing(world: World) -> None:
    """Summary, event and hold stay with the work they belong to."""
    world.store()
    claimed = world.claim()
    mine = Holder("crt_1", "att_1")
    world.holds.take("key", mine)
    world.claim(now=NOW + LEASE, worker="worker-2")
    after = replace(claimed.work, current=CURRENT)

    with pytest.raises(StaleRevision):
        world.jobs.save(Changes(claimed.desired, claimed.work, after, NOW, closed=CLOSED, drops_hold="key"))

    assert [item.state for item in world.certificates.list_summaries("own_a", "", 10).items] == ["waiting"]
    assert len(world.certificates.list_events("crt_1", 10)) == 1
    assert world.holds.take("key", Holder("crt_2", "att_2")) == mine


def test_a_certificate_that_expired_since_is_shown_so(world: World) -> None:
    """No save marks the instant of expiry; the next one shows it."""
    world.store()
    claimed = world.claim()
    first = world.jobs.save(Changes(claimed.desired, claimed.work, replace(claimed.work, current=CURRENT), NOW))
    world.jobs.save(Changes(claimed.desired, first, replace(first, checked_at=1), CURRENT.not_after))
    assert [item.state for item in world.certificates.list_summaries("own_a", "", 10).items] == ["expired"]


def test_removal_leaves_the_history_only(world: World) -> None:
    """Nothing lists it, nothing claims it; its events stay until they expire."""
    world.store()
    claimed = world.claim()
    world.jobs.remove(claimed)
    assert world.certificates.read("crt_1") is None
    assert world.jobs.claim("crt_1", "worker-2", NOW + LEASE, NOW + 2 * LEASE) is None
    assert world.certificates.list_summaries("own_a", "", 10).items == ()
    assert world.jobs.list_due(NOW + LEASE, 10) == ()
    assert world.certificates.list_events("crt_1", 10) == (event(),)


def test_removal_minds_the_revision(world: World) -> None:
    """Who lost the lease deletes nothing; what is gone can't be removed again."""
    world.store()
    claimed = world.claim()
    newer = world.claim(now=NOW + LEASE, worker="worker-2")
    with pytest.raises(StaleRevision):
        world.jobs.remove(claimed)
    assert world.read() == newer
    world.jobs.remove(newer)
    with pytest.raises(StaleRevision):
        world.jobs.remove(newer)


def test_what_is_due_is_listed_oldest_first(world: World) -> None:
    """Over all shards, no more than asked for, and neither claimed nor early ones."""
    for at in range(12):
        world.store(f"crt_{at:02}", due_at=NOW - at * 1000)
    world.store("crt_early", due_at=NOW + 1)
    world.claim("crt_11")
    due = [f"crt_{at:02}" for at in range(10, -1, -1)]
    assert world.jobs.list_due(NOW, 100) == tuple(due)
    assert world.jobs.list_due(NOW, 3) == tuple(due[:3])
    assert world.jobs.list_due(NOW - 10_000, 100) == ("crt_10",)


def test_a_waiting_certificate_is_saved_in_one_piece(world: World) -> None:
    """A new `Work` differs from a saved one in nothing but what the save sets."""
    world.store()
    claimed = world.claim()
    saved = world.jobs.save(Changes(claimed.desired, claimed.work, claimed.work, NOW))
    assert saved == Work("crt_1", due_at=NOW + LEASE, revision=2, claimed_by="worker-1", claims_since_save=0)
