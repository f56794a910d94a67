"""CA accounts, wanted and standing, the same in memory and in DynamoDB."""

from dataclasses import dataclass, replace

import pytest

from certwright.adapters.dynamodb_account_events import DynamoAccountEvents
from certwright.adapters.dynamodb_accounts import DynamoAccounts
from certwright.adapters.dynamodb_cas import DynamoCaDefinitions, DynamoCaStandings
from certwright.adapters.dynamodb_table import Table
from certwright.domain.account_event import AccountChange, AccountEvent
from certwright.domain.ca_account import CaDefinition, CaStanding
from certwright.domain.errors import StaleRevision
from certwright.domain.problem import Actor, Problem
from certwright.ports import AccountEvents, Accounts, CaDefinitions, CaStandings, StoredAccount
from tests.fakes.registry import FakeAccountEvents, FakeAccounts, FakeCaDefinitions, FakeCaStandings
from tests.support.stack import ENGINES, stack_on

WANTED = CaDefinition("backup", "zerossl", 1, eab_kid="kid", eab_hmac=b"\x00secret")


@dataclass(frozen=True, slots=True)
class Cas:
    """The ports."""

    wanted: CaDefinitions
    standings: CaStandings
    accounts: Accounts
    events: AccountEvents


@pytest.fixture(params=["fake", *ENGINES])
def cas(request: pytest.FixtureRequest) -> Cas:
    if request.param == "fake":
        return Cas(FakeCaDefinitions(), FakeCaStandings(), FakeAccounts(), FakeAccountEvents())
    stack = stack_on(request, request.param)
    table = Table(stack.client("dynamodb"), stack.name("RegistryTable"))
    events = DynamoAccountEvents(Table(stack.client("dynamodb"), stack.name("CertificatesTable")))
    return Cas(DynamoCaDefinitions(table), DynamoCaStandings(table), DynamoAccounts(table), events)


def test_a_definition_is_stored_once_and_changed_by_who_read_it_last(cas: Cas) -> None:
    """Two operators at once don't undo each other's change."""
    assert cas.wanted.create(WANTED)
    assert not cas.wanted.create(replace(WANTED, contact="other"))
    changed = replace(WANTED, contact="a@example.com", changes=2)
    cas.wanted.update(WANTED, changed)
    with pytest.raises(StaleRevision):
        cas.wanted.update(WANTED, replace(WANTED, rollovers=1, changes=2))
    assert cas.wanted.read("backup") == changed
    assert cas.wanted.read("other") is None


def test_all_definitions_are_listed_by_name(cas: Cas) -> None:
    """And no standing among them."""
    others = [replace(WANTED, name=name) for name in ("b", "a")]
    for each in others:
        cas.wanted.create(each)
        cas.standings.put(CaStanding(each.name))
    assert cas.wanted.list_all() == tuple(reversed(others))


def test_a_standing_is_what_was_last_put(cas: Cas) -> None:
    """With its problem, if any."""
    assert cas.standings.read("backup") is None
    for problem in (Problem("ca-silent", "Silence.", Actor.CA), None):
        standing = CaStanding("backup", "https://ca.test/1", settled=1, problem=problem)
        cas.standings.put(standing)
        assert cas.standings.read("backup") == standing


def test_an_accounts_key_is_replaced_only_by_who_read_it_last(cas: Cas) -> None:
    """Else two workers would each have another key for it."""
    first = cas.accounts.create(StoredAccount("backup", "https://ca.test/dir", b"old", "https://ca.test/1"))
    second = replace(first, next_key=b"new")
    assert cas.accounts.update(first, second) == second
    with pytest.raises(StaleRevision):
        cas.accounts.update(first, replace(first, next_key=b"another"))
    third = replace(second, encrypted_key=b"new", next_key=b"")
    cas.accounts.update(second, third)
    assert cas.accounts.read("backup") == third
    with pytest.raises(StaleRevision):
        cas.accounts.update(replace(first, name="other"), first)


def test_events_are_listed_newest_first_and_the_same_one_is_kept_once(cas: Cas) -> None:
    """Each account has its own; what was told twice after a crash stands once."""
    events = [
        AccountEvent(at, "backup", "https://ca.test", change, "Said.", terms_now="https://terms.test")
        for at, change in ((1, AccountChange.REGISTERED), (2, AccountChange.REFUSED), (2, AccountChange.TERMS_CHANGED))
    ]
    for event in (*events, events[0]):
        cas.events.put(event)
    cas.events.put(AccountEvent(3, "other", "https://ca.test", AccountChange.DEACTIVATED, "Said."))
    assert cas.events.list_newest("backup", 10) == tuple(reversed(events))
    assert cas.events.list_newest("backup", 1) == (events[2],)
    assert cas.events.list_newest("nobody", 10) == ()
