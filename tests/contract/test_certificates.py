"""Certificates as the API sees them, the same in memory and in DynamoDB."""

from base64 import urlsafe_b64encode
from dataclasses import replace

import pytest

from certwright.domain.errors import InvalidRequest, NotFound, StaleRevision
from certwright.ports import Changes, IdempotencyKey
from tests.contract.at_once import at_once
from tests.contract.certificate_world import World
from tests.contract.samples import LEASE, NOW, desired, event, managed


def test_what_was_created_is_read_back_whole(world: World) -> None:
    """Both halves, the summary and the first event are there at once."""
    new = world.store()
    assert world.certificates.read("crt_1") == new
    assert world.jobs.read_work("crt_1") == new
    assert [item.id for item in world.certificates.list_summaries("own_a", "", 10).items] == ["crt_1"]
    assert world.certificates.list_events("crt_1", 10) == (event(),)
    assert world.certificates.read("crt_2") is None
    assert world.jobs.read_work("crt_2") is None


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


TOO_LATE = urlsafe_b64encode(b"9" * 40 + b".crt_1").decode()
TOO_LONG = urlsafe_b64encode(b"1." + b"x" * 600).decode()


@pytest.mark.parametrize("cursor", ["?", "AAAA", "eA==", "eC55", "ü", TOO_LATE, TOO_LONG])
def test_a_made_up_cursor_is_refused(world: World, cursor: str) -> None:
    """As a bad request, naming the field; DynamoDB takes no number of 40 digits."""
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
