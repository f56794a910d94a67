"""The registry: what is put once, what is unique, what is counted, the same in memory and in DynamoDB."""

from dataclasses import dataclass, replace
from functools import partial

import pytest

from certwright.adapters.dynamodb_accounts import DynamoAccounts
from certwright.adapters.dynamodb_delegations import DynamoDelegations
from certwright.adapters.dynamodb_holdings import DynamoHoldings
from certwright.adapters.dynamodb_owners import DynamoOwners
from certwright.adapters.dynamodb_table import Table
from certwright.adapters.dynamodb_tokens import DynamoTokens
from certwright.adapters.dynamodb_zones import DynamoZones
from certwright.domain.errors import Conflict, NotFound, StaleRevision
from certwright.domain.owner import Delegation, Owner, Token, Zone
from certwright.domain.problem import Actor, Problem
from certwright.ports import Accounts, EveryDelegation, Holdings, Owners, StoredAccount, Tokens, Zones
from tests.contract.at_once import at_once
from tests.fakes.registry import FakeAccounts, FakeDelegations, FakeHoldings, FakeOwners, FakeTokens, FakeZones
from tests.support.stack import ENGINES, stack_on

NOW = 1_800_000_000_000
OWNER = Owner("own_a", "A team", ("**.example.com", "*.example.com"), "secret", NOW)
TOKEN = Token("abc", "own_a", "viewer", "00ff", NOW, NOW + 1, "for tests")
ACCOUNT = StoredAccount("pebble", "https://ca.test/directory", b"\x00\xff encrypted")


@dataclass(frozen=True, slots=True)
class Registry:
    owners: Owners
    zones: Zones
    delegations: EveryDelegation
    holdings: Holdings
    tokens: Tokens
    accounts: Accounts


@pytest.fixture(params=["fake", *ENGINES])
def registry(request: pytest.FixtureRequest) -> Registry:
    if request.param == "fake":
        return Registry(FakeOwners(), FakeZones(), FakeDelegations(), FakeHoldings(), FakeTokens(), FakeAccounts())
    stack = stack_on(request, request.param)
    table = Table(stack.client("dynamodb"), stack.name("RegistryTable"))
    return Registry(
        DynamoOwners(table),
        DynamoZones(table),
        DynamoDelegations(table),
        DynamoHoldings(table),
        DynamoTokens(table),
        DynamoAccounts(table),
    )


def zone(origin: str, zone_id: str = "zon_a") -> Zone:
    """A zone at an origin."""
    return Zone(zone_id, "own_a", origin, f"ns.{origin}", NOW)


def test_an_owner_is_stored_once(registry: Registry) -> None:
    """Who comes second gets the first one's."""
    assert registry.owners.read("own_a") is None
    assert registry.owners.create(OWNER) == OWNER
    assert registry.owners.create(replace(OWNER, name="another")) == OWNER
    assert registry.owners.read("own_a") == OWNER


def test_owners_made_at_once_are_one(registry: Registry) -> None:
    """Two workers on their first run agree."""
    calls = [lambda at=at: registry.owners.create(replace(OWNER, name=f"name {at}")) for at in range(4)]
    assert len(set(at_once(*calls))) == 1


def test_all_owners_are_listed(registry: Registry) -> None:
    """Without a scan, and nothing else among them."""
    others = [replace(OWNER, id=f"own_{at}") for at in range(3)]
    for owner in [OWNER, *others]:
        registry.owners.create(owner)
    registry.tokens.create(TOKEN)
    assert set(registry.owners.list_all()) == {OWNER, *others}


def test_the_current_zone_is_compared_and_set(registry: Registry) -> None:
    """Whoever looked before another set it, does not set it."""
    registry.owners.create(OWNER)
    assert registry.owners.set_current_zone("own_a", "zon_1", instead_of="")
    assert not registry.owners.set_current_zone("own_a", "zon_2", instead_of="")
    assert registry.owners.set_current_zone("own_a", "zon_3", instead_of="zon_1")
    assert registry.owners.read("own_a") == replace(OWNER, current_zone="zon_3")
    assert not registry.owners.set_current_zone("own_b", "zon_1", instead_of="")
    assert registry.owners.read("own_b") is None


def test_a_zone_is_read_and_listed(registry: Registry) -> None:
    """By its id, and with all others."""
    one, two = zone("acme.example.com"), zone("acme.example.org", "zon_b")
    registry.zones.create(one)
    registry.zones.create(two)
    assert (registry.zones.read("zon_a"), registry.zones.read("zon_c")) == (one, None)
    assert set(registry.zones.list_all()) == {one, two}


@pytest.mark.parametrize(
    "origin", ["acme.example.com", "example.com", "com", "x.acme.example.com", "y.x.acme.example.com"]
)
def test_overlapping_zones_are_refused(registry: Registry, origin: str) -> None:
    """A zone neither equals, contains nor lies under another; nothing of the refused one is stored."""
    registry.zones.create(zone("acme.example.com"))
    with pytest.raises(Conflict):
        registry.zones.create(zone(origin, "zon_b"))
    assert registry.zones.read("zon_b") is None
    registry.zones.create(zone("bacme.example.com", "zon_c"))


def test_of_zones_that_overlap_made_at_once_one_is_made(registry: Registry) -> None:
    """Parent and child included: the store decides, not a look before."""
    origins = ["acme.example.com", "acme.example.com", "example.com", "x.acme.example.com"]

    def attempt(at: int) -> bool:
        try:
            registry.zones.create(zone(origins[at], f"zon_{at}"))
        except Conflict:
            return False
        return True

    assert at_once(*(partial(attempt, at) for at in range(4))).count(True) == 1
    assert len(registry.zones.list_all()) == 1


def test_a_removed_zone_frees_its_origin(registry: Registry) -> None:
    """For itself, for what is above and below; removing twice frees nothing of another's."""
    registry.zones.create(zone("a.example.com"))
    registry.zones.create(zone("b.example.com", "zon_b"))
    for _ in range(2):
        registry.zones.remove(zone("a.example.com"))
    with pytest.raises(Conflict):
        registry.zones.create(zone("example.com", "zon_c"))
    registry.zones.create(zone("x.a.example.com", "zon_d"))
    registry.zones.remove(zone("x.a.example.com", "zon_d"))
    registry.zones.remove(zone("b.example.com", "zon_b"))
    registry.zones.create(zone("example.com", "zon_c"))
    assert [item.id for item in registry.zones.list_all()] == ["zon_c"]


def test_a_zone_is_updated_from_what_was_read(registry: Registry) -> None:
    """Not over another writer's change; the origin stays."""
    before = zone("acme.example.com")
    registry.zones.create(before)
    after = replace(before, name_server="ns.example.com", is_retiring=True, used_at=NOW)
    registry.zones.update(before, replace(after, origin="other.example.com"))
    assert registry.zones.read("zon_a") == after
    with pytest.raises(StaleRevision):
        registry.zones.update(before, replace(before, is_shared=True))
    with pytest.raises(StaleRevision):
        registry.zones.update(replace(before, id="zon_b"), before)
    assert registry.zones.read("zon_b") is None


def test_a_delegation_is_obtained_once(registry: Registry) -> None:
    """Its UUID never changes; another owner or domain has another."""
    first = Delegation("own_a", "example.com", "uuid-1")
    assert registry.delegations.obtain(first) == first
    assert registry.delegations.obtain(replace(first, uuid="uuid-2")) == first
    assert registry.delegations.read("own_a", "example.com") == first
    assert registry.delegations.read("own_b", "example.com") is None
    other = replace(first, owner="own_b", uuid="uuid-3")
    assert registry.delegations.obtain(other) == other


DELEGATION = Delegation("own_a", "example.com", "uuid-1", NOW)


def test_delegations_are_listed_by_owner_and_domain(registry: Registry) -> None:
    """Deleted ones too."""
    for owner, domain in (("own_a", "b.example"), ("own_b", "c.example"), ("own_a", "a.example")):
        registry.delegations.obtain(Delegation(owner, domain, f"uuid-{domain}"))
    registry.delegations.set_deleted("own_a", "b.example", NOW)
    assert [item.domain for item in registry.delegations.list_of("own_a")] == ["a.example", "b.example"]
    assert registry.delegations.list_of("own_c") == ()
    assert [item.domain for item in registry.delegations.list_of("own_a", limit=1)] == ["a.example"]
    assert [item.domain for item in registry.delegations.list_of("own_a", "a.example", 1)] == ["b.example"]
    assert [item.domain for item in registry.delegations.list_of("own_a", "aa.example")] == ["b.example"]
    assert registry.delegations.list_of("own_a", "b.example") == ()


def test_a_delegation_is_deleted_when_no_certificate_needs_it(registry: Registry) -> None:
    """The first deletion counts; the UUID stays the owner's."""
    registry.delegations.obtain(DELEGATION)
    for certificate_id in ("crt_1", "crt_2", "crt_1"):
        registry.delegations.hold("own_a", "example.com", certificate_id)
    assert read(registry).certificates == ("crt_1", "crt_2")
    registry.delegations.release("own_a", "example.com", "crt_1")
    assert not registry.delegations.set_deleted("own_a", "example.com", NOW + 1)
    registry.delegations.release("own_a", "example.com", "crt_2")
    registry.delegations.release("own_a", "example.com", "crt_2")
    assert registry.delegations.set_deleted("own_a", "example.com", NOW + 2)
    assert registry.delegations.set_deleted("own_a", "example.com", NOW + 3)
    assert read(registry) == replace(DELEGATION, deleted_at=NOW + 2)
    assert registry.delegations.obtain(replace(DELEGATION, uuid="uuid-2")).uuid == "uuid-1"


def test_a_deleted_delegation_counts_again_for_a_certificate_or_by_wish(registry: Registry) -> None:
    """Under the same UUID, which the domain may still lead to."""
    registry.delegations.obtain(DELEGATION)
    registry.delegations.set_deleted("own_a", "example.com", NOW + 1)
    assert registry.delegations.set_deleted("own_a", "example.com", 0)
    assert read(registry) == DELEGATION
    registry.delegations.set_deleted("own_a", "example.com", NOW + 1)
    registry.delegations.hold("own_a", "example.com", "crt_1")
    assert read(registry) == replace(DELEGATION, certificates=("crt_1",))


def test_a_delegation_that_is_not_there_is_made_by_nothing_but_obtaining_it(registry: Registry) -> None:
    """Late workers leave no half of one behind."""
    registry.delegations.hold("own_a", "example.com", "crt_1")
    registry.delegations.release("own_a", "example.com", "crt_1")
    registry.delegations.note_look(DELEGATION)
    assert not registry.delegations.set_deleted("own_a", "example.com", NOW)
    assert registry.delegations.read("own_a", "example.com") is None


def test_what_a_look_at_a_delegation_found_is_stored_beside_the_rest(registry: Registry) -> None:
    """It neither revives a tombstone nor forgets who needs it."""
    registry.delegations.obtain(DELEGATION)
    registry.delegations.hold("own_a", "example.com", "crt_1")
    problem = Problem("cname-missing", "Add it.", Actor.USER)
    found = replace(DELEGATION, looked_at=NOW + 1, seen_at=NOW, target="uuid-1.acme.example.com", problem=problem)
    registry.delegations.note_look(replace(found, deleted_at=NOW, uuid="other"))
    assert read(registry) == replace(found, certificates=("crt_1",))


def read(registry: Registry) -> Delegation:
    """Read the delegation that these tests are about."""
    found = registry.delegations.read("own_a", "example.com")
    assert found is not None
    return found


def test_a_name_is_held_by_one_owner(registry: Registry) -> None:
    """For any number of its certificates."""
    assert registry.holdings.holder("www.example.com") == ""
    assert registry.holdings.take("www.example.com", "own_a", "crt_1")
    assert registry.holdings.take("www.example.com", "own_a", "crt_1")
    assert registry.holdings.take("www.example.com", "own_a", "crt_2")
    assert not registry.holdings.take("www.example.com", "own_b", "crt_3")
    assert registry.holdings.take("example.com", "own_b", "crt_3")
    assert registry.holdings.holder("www.example.com") == "own_a"


def test_a_holding_lasts_until_its_last_certificate_lets_go(registry: Registry) -> None:
    """Letting go of what is not held changes nothing."""
    registry.holdings.take("www.example.com", "own_a", "crt_1")
    registry.holdings.take("www.example.com", "own_a", "crt_2")
    for certificate_id in ("crt_1", "crt_1", "crt_3"):
        registry.holdings.release("www.example.com", certificate_id)
        assert registry.holdings.holder("www.example.com") == "own_a"
    registry.holdings.release("www.example.com", "crt_2")
    assert registry.holdings.holder("www.example.com") == ""
    registry.holdings.release("www.example.com", "crt_2")
    assert registry.holdings.take("www.example.com", "own_b", "crt_3")


def test_of_owners_at_once_one_holds_the_name(registry: Registry) -> None:
    """The others are told no."""
    calls = [lambda at=at: registry.holdings.take("example.com", f"own_{at}", f"crt_{at}") for at in range(5)]
    assert at_once(*calls).count(True) == 1


def test_a_token_is_stored_once_and_gone_when_removed(registry: Registry) -> None:
    """Its hash is read back; a second of the same id changes nothing."""
    assert registry.tokens.create(TOKEN)
    assert not registry.tokens.create(replace(TOKEN, role="admin"))
    assert registry.tokens.read("abc") == TOKEN
    assert registry.tokens.list_all() == (TOKEN,)
    for _ in range(2):
        registry.tokens.remove("abc")
    assert registry.tokens.read("abc") is None
    assert registry.tokens.list_all() == ()


def test_an_owner_is_changed_but_not_where_it_points(registry: Registry) -> None:
    """Name, patterns and activity are set; the current zone, which flows set meanwhile, stays."""
    registry.owners.create(OWNER)
    registry.owners.set_current_zone("own_a", "zon_1", instead_of="")
    changed = replace(OWNER, name="new", patterns=("a.test",), is_active=False)
    assert registry.owners.change(changed) == replace(changed, current_zone="zon_1")
    assert registry.owners.read("own_a") == replace(changed, current_zone="zon_1")


def test_an_owner_that_is_not_there_is_not_made_by_changing_it(registry: Registry) -> None:
    """An owner comes into being by `create` only."""
    with pytest.raises(NotFound):
        registry.owners.change(OWNER)
    assert registry.owners.read("own_a") is None


@pytest.mark.parametrize("token_id", ["", "x" * 5000, "owner#own_a", "ü"])
def test_no_made_up_token_id_does_harm(registry: Registry, token_id: str) -> None:
    """A stranger may send anything."""
    assert registry.tokens.read(token_id) is None
    registry.tokens.remove(token_id)


@pytest.mark.parametrize("made_up", ["", "x" * 5000, "ü" * 600, "owner#own_a"])
def test_nothing_is_found_under_a_made_up_id(registry: Registry, made_up: str) -> None:
    """Also where DynamoDB would refuse such a key."""
    assert registry.owners.read(made_up) is None
    assert registry.zones.read(made_up) is None


def test_an_account_is_stored_once_and_gets_its_url(registry: Registry) -> None:
    """Its key stays the first one's, byte by byte."""
    assert registry.accounts.read("pebble") is None
    assert registry.accounts.create(ACCOUNT) == ACCOUNT
    assert registry.accounts.create(replace(ACCOUNT, encrypted_key=b"other")) == ACCOUNT
    registry.accounts.set_url("pebble", "https://ca.test/account/1")
    assert registry.accounts.read("pebble") == replace(ACCOUNT, url="https://ca.test/account/1")
    with pytest.raises(NotFound):
        registry.accounts.set_url("other", "https://ca.test/account/1")
    assert registry.accounts.read("other") is None
