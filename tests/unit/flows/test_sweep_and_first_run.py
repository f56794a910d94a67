"""The schedule's part: what is due goes to the queue in its turn, and a new deployment gets what it needs."""

from functools import partial

import pytest

from certwright.domain.access import Role, authenticate, digest, split_bearer
from certwright.domain.errors import InvalidRequest, NotFound
from certwright.domain.owner import DEFAULT_OWNER, DEFAULT_OWNER_PATTERNS
from certwright.domain.renewal import DAY
from certwright.flows.enqueue_due import enqueue_due
from certwright.flows.first_run import ADMIN_TOKEN, first_run
from certwright.flows.owners import create_owner, create_token
from tests.fakes.chance import FakeChance
from tests.support.deployment import Deployment


def request_apart(town: Deployment, count: int) -> list[str]:
    """Ask for certificates a second apart, their messages lost."""
    ids = []
    for at in range(count):
        ids.append(town.request(f"n{at}.example.test"))
        town.clock.advance(seconds=1)
    town.queue.drop_all()
    return ids


def test_what_is_due_is_left_to_its_own_message_for_the_grace_period(town: Deployment) -> None:
    """Then it is sent."""
    [certificate_id] = request_apart(town, 1)
    town.clock.advance(seconds=28)
    assert town.sweep() == 0
    town.clock.advance(seconds=1)
    assert town.sweep() == 1
    assert town.queue.receive() == [certificate_id]


def test_the_oldest_go_first_and_no_more_than_the_queue_has_room_for(town: Deployment) -> None:
    """The rest stays due and comes next time."""
    ids = request_apart(town, 5)
    town.clock.advance(seconds=60)
    town.queue.send("crt_waiting")
    assert enqueue_due(town.jobs, town.queue, town.clock, 30, high_water=3) == 2
    assert town.queue.receive() == ["crt_waiting", *ids[:2]]


@pytest.mark.parametrize("waiting", [3, 4])
def test_a_queue_above_the_high_water_mark_gets_nothing(town: Deployment, waiting: int) -> None:
    """The index is not even read."""
    request_apart(town, 2)
    town.clock.advance(seconds=60)
    for _ in range(waiting):
        town.queue.send("crt_waiting")
    assert enqueue_due(town.jobs, town.queue, town.clock, 30, high_water=3) == 0


def test_a_claimed_certificate_is_not_due_until_its_lease_ends(town: Deployment) -> None:
    """The lease is the due time."""
    [certificate_id] = request_apart(town, 1)
    town.ca.fail("place_order", RuntimeError("crash"))
    begun = town.clock.now()
    town.crash(certificate_id)
    assert town.clock.now() == begun + 90_000
    assert town.sweep() == 0
    town.clock.advance(seconds=30)
    assert town.sweep() == 1


def test_a_first_run_makes_an_owner_who_may_everything_and_an_admin_token(town: Deployment) -> None:
    """Only the secret's hash is kept."""
    first_run(town.owners, town.tokens, town.chance, town.clock, lambda: "secret")
    owner, token = town.owners.read(DEFAULT_OWNER), town.tokens.read(ADMIN_TOKEN)
    assert owner is not None
    assert (owner.patterns, owner.is_active) == (DEFAULT_OWNER_PATTERNS, True)
    assert token is not None
    assert (token.owner, token.role, token.secret_sha256, token.expires_at) == (
        DEFAULT_OWNER,
        "admin",
        digest("secret"),
        0,
    )


def test_a_first_run_twice_makes_them_once(town: Deployment) -> None:
    """Of any number of workers; a later secret does not replace the first."""
    for seed, secret in enumerate(("first", "second")):
        first_run(town.owners, town.tokens, FakeChance(seed), town.clock, partial(str, secret))
    made = town.owners.read(DEFAULT_OWNER), town.tokens.list_all()
    first_run(town.owners, town.tokens, FakeChance(9), town.clock, lambda: "third")
    assert made == (town.owners.read(DEFAULT_OWNER), town.tokens.list_all())
    assert [token.secret_sha256 for token in town.tokens.list_all()] == [digest("first")]


def test_an_admin_token_that_was_deleted_does_not_come_back(town: Deployment) -> None:
    """A cold start of the sweep, which runs this again, undoes no revocation and can do without the secret."""
    first_run(town.owners, town.tokens, town.chance, town.clock, lambda: "leaked")
    town.tokens.remove(ADMIN_TOKEN)
    first_run(town.owners, town.tokens, town.chance, town.clock, crash)
    assert town.tokens.read(ADMIN_TOKEN) is None


def test_a_first_run_that_crashed_in_the_middle_is_finished_by_the_next(
    town: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was made, both are there in the end."""
    with monkeypatch.context() as broken:
        broken.setattr(town.owners, "create", crash)
        with pytest.raises(RuntimeError):
            first_run(town.owners, town.tokens, town.chance, town.clock, lambda: "secret")
    first_run(town.owners, town.tokens, town.chance, town.clock, lambda: "secret")
    assert (town.owners.read(DEFAULT_OWNER) is None, town.tokens.read(ADMIN_TOKEN) is None) == (False, False)


def crash(*_: object) -> str:
    """Die in the place of a call."""
    raise RuntimeError("crash")


def test_two_workers_that_need_an_account_first_make_one(town: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that comes second registers the key that was put first, and so finds the same account."""
    first, second = town.request("one.example.test"), town.request("two.example.test")
    create, codes = town.accounts.create, []

    def overtaken(account: object) -> object:
        monkeypatch.setattr(town.accounts, "create", create)
        codes.append(town.advance(second, "w2").code)
        return create(account)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(town.accounts, "create", overtaken)
    codes.append(town.advance(first).code)
    assert codes == ["issued", "issued"]
    assert len(town.cas.registered) == 1
    assert {work.current.account for work in (town.work(first), town.work(second)) if work.current} == {
        town.desk.ca.account
    }


def test_an_owner_is_made_with_patterns_that_were_checked(town: Deployment) -> None:
    """A typo is refused with its place."""
    owner = create_owner(town.desk, "team", ("**.Example.COM", "*.example.com"))
    assert town.owners.read(owner.id) == owner
    assert owner.patterns == ("**.example.com", "*.example.com")
    with pytest.raises(InvalidRequest) as refused:
        create_owner(town.desk, "team", ("fine.example.com", "a.**.example.com"))
    assert refused.value.field == "patterns[1]"


def test_a_token_works_until_it_expires(town: Deployment) -> None:
    """Its text is told once; what is kept can't be used."""
    made = create_token(town.desk, "own_a", "key-reader", "ci", days=30)
    token_id, secret = split_bearer(f"Bearer {made.bearer}")
    kept = town.tokens.read(token_id)
    assert kept is not None
    assert secret not in repr(kept)
    caller = authenticate(kept, secret, town.clock.now() + 30 * DAY - 1)
    assert (caller.owner, caller.role) == ("own_a", Role.KEY_READER)
    assert kept.expires_at == town.clock.now() + 30 * DAY


def test_a_token_for_nobody_or_for_no_role_is_refused(town: Deployment) -> None:
    """And not kept."""
    with pytest.raises(NotFound):
        create_token(town.desk, "own_unknown", "viewer", "", days=0)
    with pytest.raises(InvalidRequest) as refused:
        create_token(town.desk, "own_a", "root", "", days=0)
    assert refused.value.field == "role"
    assert town.tokens.list_all() == ()
