"""Certificates and jobs: the lease, the fence and what lands together, the same in memory and in DynamoDB."""

from dataclasses import dataclass, replace

import pytest

from certwright.adapters.dynamodb_certificates import DynamoCertificates
from certwright.adapters.dynamodb_holds import DynamoHolds
from certwright.adapters.dynamodb_jobs import DynamoJobs
from certwright.adapters.dynamodb_table import Table
from certwright.domain.certificate import Work
from certwright.domain.errors import InvalidRequest, NotFound, StaleRevision
from certwright.ports import Certificates, Changes, Holder, Holds, IdempotencyKey, Jobs, Managed, NotClaimed
from tests.contract.at_once import at_once
from tests.contract.samples import CLOSED, CURRENT, LEASE, NOW, desired, event, full_work, managed
from tests.fakes.certificates import CertificateStore, FakeCertificates, FakeHolds, FakeJobs


@dataclass(frozen=True, slots=True)
class World:
    certificates: Certificates
    jobs: Jobs
    holds: Holds

    def store(self, certificate_id: str = "crt_1", *, owner: str = "own_a", due_at: int = NOW) -> Managed:
        """Create a certificate that is due."""
        new = managed(certificate_id, owner=owner, due_at=due_at)
        self.certificates.create(new, event(due_at), None)
        return new

    def claim(self, certificate_id: str = "crt_1", now: int = NOW, worker: str = "worker-1") -> Managed:
        """Claim what can be claimed."""
        claimed = self.jobs.claim(certificate_id, worker, now, now + LEASE)
        assert isinstance(claimed, Managed)
        return claimed

    def read(self, certificate_id: str = "crt_1") -> Managed:
        """Read what is there."""
        stored = self.certificates.read(certificate_id)
        assert stored
        return stored


@pytest.fixture(params=["fake", "moto"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        store = CertificateStore()
        return World(FakeCertificates(store), FakeJobs(store), FakeHolds(store))
    stack = request.getfixturevalue("stack")
    table = Table(stack.client("dynamodb"), stack.name("CertificatesTable"))
    return World(DynamoCertificates(table), DynamoJobs(table), DynamoHolds(table))


def test_what_was_created_is_read_back_whole(world: World) -> None:
    """Both halves, the summary and the first event are there at once."""
    new = world.store()
    assert world.certificates.read("crt_1") == new
    assert world.jobs.read_work("crt_1") == new
    assert [item.id for item in world.certificates.list_summaries("own_a", "", 10).items] == ["crt_1"]
    assert world.certificates.list_events("crt_1", 10) == (event(),)
    assert world.certificates.read("crt_2") is None
    assert world.jobs.read_work("crt_2") is None


def test_every_field_survives_a_save(world: World) -> None:
    """What a worker stores is what the next one loads."""
    world.store()
    claimed = world.claim()
    after = full_work(claimed.work)

    saved = world.jobs.save(Changes(claimed.desired, claimed.work, after, NOW))

    assert saved == replace(after, revision=2, claims_since_save=0)
    assert world.read().work == saved


def test_the_same_key_and_request_make_one_certificate(world: World) -> None:
    """The earlier id comes back, and nothing else is stored."""
    key = IdempotencyKey("a key", "hash")
    assert world.certificates.create(managed("crt_1"), event(), key) == "crt_1"
    assert world.certificates.create(managed("crt_2"), event(), key) == "crt_1"
    assert world.certificates.read("crt_2") is None
    assert len(world.certificates.list_summaries("own_a", "", 10).items) == 1


def test_a_key_with_another_request_is_refused(world: World) -> None:
    """The caller is told which field to change; nothing is stored."""
    world.certificates.create(managed("crt_1"), event(), IdempotencyKey("a key", "hash"))
    with pytest.raises(InvalidRequest) as refused:
        world.certificates.create(managed("crt_2"), event(), IdempotencyKey("a key", "other"))
    assert (refused.value.field, refused.value.code) == ("Idempotency-Key", "idempotency-key-reused")
    assert world.certificates.read("crt_2") is None


def test_a_key_is_an_owners_and_lasts_a_day(world: World) -> None:
    """Another owner's equal key is another key; after 24 hours the key is free, swept away or not."""
    key, day = IdempotencyKey("a key", "hash"), 86_400_000
    world.certificates.create(managed("crt_1"), event(), key)
    assert world.certificates.create(managed("crt_2", owner="own_b"), event(), key) == "crt_2"
    assert world.certificates.create(managed("crt_3"), event(NOW + day), key) == "crt_3"


def test_two_creations_with_one_key_at_once_make_one(world: World) -> None:
    """The condition decides, not a look before."""
    key = IdempotencyKey("a key", "hash")
    calls = [lambda at=at: world.certificates.create(managed(f"crt_{at}"), event(), key) for at in range(4)]
    assert len(set(at_once(*calls))) == 1
    assert len(world.certificates.list_summaries("own_a", "", 10).items) == 1


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


def test_a_wake_lets_saves_go_on_but_not_the_release(world: World) -> None:
    """Whoever calls while a worker works is heard before the worker lets go."""
    world.store()
    claimed = world.claim()
    world.certificates.wake("crt_1", NOW + 1, is_deleted=False)

    saved = world.jobs.save(Changes(claimed.desired, claimed.work, replace(claimed.work, failures=1), NOW))
    with pytest.raises(StaleRevision):
        world.jobs.save(Changes(claimed.desired, saved, saved, NOW, is_released=True))

    fresh = world.read()
    assert (fresh.work.wake, fresh.work.revision, fresh.work.due_at) == (1, saved.revision, NOW + LEASE)
    released = replace(fresh.work, seen_wake=1, due_at=NOW + 9)
    assert world.jobs.save(Changes(fresh.desired, fresh.work, released, NOW, is_released=True)).due_at == NOW + 9


@pytest.mark.parametrize(("due_at", "expected"), [(NOW + 60_000, NOW), (NOW - 60_000, NOW - 60_000)])
def test_a_wake_of_a_certificate_at_rest_makes_it_due(world: World, due_at: int, expected: int) -> None:
    """What was due before stays due since then, so that asking again and again hides nothing from the sweep."""
    world.store(due_at=due_at)
    world.certificates.wake("crt_1", NOW, is_deleted=False)
    work = world.read().work
    assert (work.wake, work.due_at, work.revision) == (1, expected, 0)
    world.certificates.wake("crt_1", NOW, is_deleted=False)
    assert world.read().work.wake == 2


def test_a_wake_of_what_is_gone_says_so(world: World) -> None:
    """And stores nothing."""
    for is_deleted in (False, True):
        with pytest.raises(NotFound):
            world.certificates.wake("crt_1", NOW, is_deleted=is_deleted)
    assert world.certificates.read("crt_1") is None


@pytest.mark.parametrize("is_claimed", [False, True])
def test_a_deletion_marks_shows_and_tells(world: World, is_claimed: bool) -> None:
    """Desired, summary and event change together with the wake; once, however often it is asked."""
    world.store()
    if is_claimed:
        world.claim()
    for _ in range(2):
        world.certificates.wake("crt_1", NOW + 1, is_deleted=True)

    stored = world.read()
    assert (stored.desired.is_deleted, stored.work.wake) == (True, 2)
    assert [item.state for item in world.certificates.list_summaries("own_a", "", 10).items] == ["deleting"]
    assert [item.state for item in world.certificates.list_events("crt_1", 10)] == ["deleting", "waiting"]


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


def test_pages_lead_through_all_summaries_newest_first(world: World) -> None:
    """Each once, also those of one instant; the last page has no cursor."""
    for at in range(5):
        world.store(f"crt_{at}", due_at=NOW + at // 2)
    world.store("crt_b", owner="own_b")
    seen: list[tuple[int, str]] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        page = world.certificates.list_summaries("own_a", cursor, 2)
        seen += [(item.created_at, item.id) for item in page.items]
        cursor, pages = page.cursor, pages + 1
    assert pages == 3
    assert sorted(seen, reverse=True) == sorted(((NOW + at // 2, f"crt_{at}") for at in range(5)), reverse=True)
    assert [at for at, _ in seen] == sorted((at for at, _ in seen), reverse=True)


def test_a_cursor_leads_to_no_other_owner(world: World) -> None:
    """A cursor says where, never whose."""
    for at in range(3):
        world.store(f"crt_{at}", due_at=NOW + at)
    cursor = world.certificates.list_summaries("own_a", "", 2).cursor
    assert world.certificates.list_summaries("own_b", cursor, 2).items == ()


@pytest.mark.parametrize("cursor", ["?", "AAAA", "eA==", "eC55", "ü"])
def test_a_made_up_cursor_is_refused(world: World, cursor: str) -> None:
    """As a bad request, naming the field."""
    with pytest.raises(InvalidRequest) as refused:
        world.certificates.list_summaries("own_a", cursor, 2)
    assert refused.value.field == "cursor"


def test_events_come_newest_first_up_to_the_limit(world: World) -> None:
    """However many there are."""
    world.store()
    work = world.claim().work
    for at in range(4):
        after = replace(work, reason=f"reason-{at}")
        work = world.jobs.save(Changes(desired(), work, after, NOW + at))
    reasons = [item.reason for item in world.certificates.list_events("crt_1", 3)]
    assert reasons == ["reason-3", "reason-2", "reason-1"]
    assert len(world.certificates.list_events("crt_1", 99)) == 5


def test_a_waiting_certificate_is_saved_in_one_piece(world: World) -> None:
    """A new `Work` differs from a saved one in nothing but what the save sets."""
    world.store()
    claimed = world.claim()
    saved = world.jobs.save(Changes(claimed.desired, claimed.work, claimed.work, NOW))
    assert saved == Work("crt_1", due_at=NOW + LEASE, revision=2, claimed_by="worker-1", claims_since_save=0)
