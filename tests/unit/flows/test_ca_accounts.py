"""CA accounts: defined by operators, brought about by workers, and used by certificates."""

from dataclasses import replace

import pytest

from certwright.domain.ca import CaOffer, find_ca
from certwright.domain.ca_account import CaStanding, KeyKind
from certwright.domain.errors import CaRefusal, Conflict, InvalidRequest, NotFound, Unavailable
from certwright.domain.renewal import DAY, MINUTE
from certwright.flows.ca_accounts import (
    MESSAGE_PREFIX,
    AccountView,
    AccountWish,
    NewAccount,
    change_account,
    create_account,
    deactivate,
    list_accounts,
    own_definition,
    read_account,
    roll_over,
)
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.enqueue_due import enqueue_unsettled
from certwright.flows.settle_account import settle_account
from certwright.ports import ExternalAccount
from tests.support.deployment import DIRECTORY, WILDCARD, Deployment

OWN = find_ca(DIRECTORY).account
BACKUP = NewAccount("backup", "https://backup.test/dir", "a@example.com", is_terms_agreed=True, is_public=False)


def settle(town: Deployment, name: str) -> CaStanding:
    """Let a worker take the account's message."""
    assert MESSAGE_PREFIX + name in town.queue.receive()
    standing = settle_account(town.workshop, name)
    assert standing is not None
    return standing


def sweep(town: Deployment) -> int:
    """Send what is still to be told, but for the deployment's own account."""
    own = own_definition(town.settings)
    town.ca_standings.put(CaStanding(own.name, settled=1))
    return enqueue_unsettled(town.ca_definitions, town.ca_standings, town.queue, town.clock, own)


def define(town: Deployment) -> AccountView:
    """Define a second account, and have it registered."""
    view = create_account(town.desk, BACKUP)
    settle(town, "backup")
    return view


def test_an_account_is_registered_with_its_binding_and_its_secret_is_never_shown(town: Deployment) -> None:
    """It is stored encrypted, for workers only."""
    town.cas.external = ExternalAccount("kid-1", "c2VjcmV0")
    view = create_account(town.desk, replace(BACKUP, eab_kid="kid-1", eab_hmac="c2VjcmV0"))
    assert "c2VjcmV0" not in repr(view)
    assert b"c2VjcmV0" not in view.definition.eab_hmac
    standing = settle(town, "backup")
    assert (standing.url, standing.settled, standing.problem) == ("https://ca.test/account/1", 1, None)
    assert town.cas.told == [("register", "a@example.com")]


def test_a_certificate_is_issued_by_the_account_it_names(town: Deployment) -> None:
    """And goes on by it: what it replaces is told to that account only."""
    define(town)
    request = CertificateRequest("own_a", WILDCARD, cas=("backup",))
    certificate_id = create_certificate(town.desk, request).desired.id
    town.run_until(certificate_id, "issued")
    current = town.work(certificate_id).current
    assert current is not None
    assert (current.account, town.managed(certificate_id).desired.account) == ("backup", "backup")
    stored = town.accounts.read("backup")
    assert stored is not None
    assert stored.directory == "https://backup.test/dir"


def test_an_account_that_nobody_settled_is_registered_by_its_first_certificate(town: Deployment) -> None:
    """With its own contact and binding; settling it afterwards changes nothing."""
    create_account(town.desk, BACKUP)
    town.queue.receive()
    certificate_id = create_certificate(town.desk, CertificateRequest("own_a", WILDCARD, cas=("backup",))).desired.id
    town.run_until(certificate_id, "issued")
    standing = settle_account(town.workshop, "backup")
    assert standing is not None
    assert (standing.url, standing.settled) == ("https://ca.test/account/1", 1)
    assert town.cas.told[0] == ("register", "a@example.com")


def test_a_profile_of_the_account_is_that_of_requests_without_one(town: Deployment) -> None:
    """A request may still choose another."""
    create_account(town.desk, replace(BACKUP, profile="shortlived"))
    requests = [CertificateRequest("own_a", WILDCARD, cas=("backup",), profile=profile) for profile in ("", "classic")]
    made = [create_certificate(town.desk, request).desired.profile for request in requests]
    assert made == ["shortlived", "classic"]


@pytest.mark.parametrize("name", ["nowhere", "gone"])
def test_an_account_that_is_not_there_or_given_up_is_refused_with_those_there_are(town: Deployment, name: str) -> None:
    """Nothing is stored."""
    define(town)
    create_account(town.desk, replace(BACKUP, name="gone"))
    deactivate(town.desk, "gone")
    with pytest.raises(InvalidRequest, match=f"{OWN}, backup\\.") as refused:
        create_certificate(town.desk, CertificateRequest("own_a", WILDCARD, cas=(name,)))
    assert (refused.value.field, refused.value.code) == ("ca", "ca-unknown")
    assert not town.store.managed


def test_the_key_is_replaced_and_everything_goes_on(town: Deployment) -> None:
    """The URL stays, so what CAA says of the account stays right."""
    define(town)
    before = town.accounts.read("backup")
    roll_over(town.desk, "backup")
    standing = settle(town, "backup")
    after = town.accounts.read("backup")
    assert before is not None
    assert after is not None
    assert (after.url, after.next_key, standing.settled) == (before.url, b"", 2)
    assert after.encrypted_key != before.encrypted_key
    certificate_id = create_certificate(town.desk, CertificateRequest("own_a", WILDCARD, cas=("backup",))).desired.id
    town.run_until(certificate_id, "issued")


@pytest.mark.parametrize("is_done", [False, True])
def test_a_crash_while_the_key_is_replaced_loses_no_account(town: Deployment, is_done: bool) -> None:
    """The new key was stored before the CA was told, and the CA is asked whose account it has."""
    define(town)
    roll_over(town.desk, "backup")
    stored = town.accounts.read("backup")
    assert stored is not None
    new_key = town.account_keys.make("backup", KeyKind.PLAIN)
    town.accounts.update(stored, replace(stored, next_key=town.workshop.cipher.encrypt(new_key, "account-key")))
    if is_done:
        town.cas.registered = {new_key: stored.url}
    settle(town, "backup")
    assert town.cas.registered == {new_key: stored.url}
    assert [told for told in town.cas.told if told[0] == "rollover"] == ([] if is_done else [("rollover", stored.url)])


def test_contact_and_profile_are_changed_and_the_ca_is_told(town: Deployment) -> None:
    """The deployment's own account too, of which nothing was stored before."""
    certificate_id = town.issue(*WILDCARD)
    url = town.cas.registered[b"account-key-1"]
    view = change_account(town.desk, OWN, AccountWish("b@example.com", "shortlived"))
    assert (view.definition.contact, view.definition.profile, view.is_default) == ("b@example.com", "shortlived", True)
    settle(town, OWN)
    assert town.cas.told[-1] == ("contact", url, "b@example.com")
    town.suggest_renewal_now(certificate_id)
    other = create_certificate(town.desk, CertificateRequest("own_a", ("www.example.test",))).desired
    assert (other.account, other.profile) == (OWN, "shortlived")


def test_an_account_is_given_up_for_good(town: Deployment) -> None:
    """Its certificates say so; it can't be changed any more, and the deployment's own can't be given up."""
    define(town)
    certificate_id = create_certificate(town.desk, CertificateRequest("own_a", WILDCARD, cas=("backup",))).desired.id
    deactivate(town.desk, "backup")
    assert settle(town, "backup").is_deactivated
    assert town.cas.told[-1] == ("deactivate", "https://ca.test/account/1")
    town.run_until(certificate_id, "ca-deactivated")
    deactivate(town.desk, "backup")
    with pytest.raises(Conflict) as refused:
        roll_over(town.desk, "backup")
    assert refused.value.code == "ca-deactivated"
    with pytest.raises(Conflict) as own:
        deactivate(town.desk, OWN)
    assert own.value.code == "ca-is-default"


def test_what_the_ca_refuses_is_shown_and_asked_again_only_when_it_was_changed(town: Deployment) -> None:
    """The sweep leaves it alone until then."""
    create_account(town.desk, BACKUP)
    town.cas.faults.append(CaRefusal("No such key.", type="unauthorized", status=403))
    standing = settle(town, "backup")
    assert standing.problem is not None
    assert (standing.problem.code, standing.settled) == ("ca-unauthorized", 1)
    assert sweep(town) == 0
    change_account(town.desk, "backup", AccountWish("b@example.com"))
    standing = settle(town, "backup")
    assert (standing.problem, standing.settled, standing.contact) == (None, 2, "b@example.com")


def test_silence_is_asked_again_by_the_sweep(town: Deployment) -> None:
    """A message that got lost costs a minute, nothing more."""
    create_account(town.desk, BACKUP)
    town.queue.receive()
    assert sweep(town) == 1
    town.cas.faults.append(Unavailable("Silence."))
    standing = settle(town, "backup")
    assert standing.problem is not None
    assert (standing.settled, standing.retry_at) == (0, town.clock.now() + MINUTE)
    assert sweep(town) == 0
    town.clock.advance(milliseconds=MINUTE)
    assert sweep(town) == 1
    assert settle(town, "backup").problem is None


BAD: list[tuple[NewAccount, str, str]] = [
    (replace(BACKUP, eab_kid="kid"), "eab_kid", "eab-needed"),
    (replace(BACKUP, directory="https://bound.test/dir"), "eab_kid", "eab-needed"),
    (replace(BACKUP, is_terms_agreed=False), "terms_agreed", "terms-not-agreed"),
    (replace(BACKUP, profile="gold"), "profile", "profile-not-offered"),
    (replace(BACKUP, directory="ftp://x"), "directory", "ca-directory"),
]


@pytest.mark.parametrize(("new", "field", "code"), BAD)
def test_what_the_ca_would_not_take_is_refused_at_once(
    town: Deployment, new: NewAccount, field: str, code: str
) -> None:
    """With the field and the remedy; nothing is stored."""
    town.directories.offers["https://bound.test/dir"] = CaOffer(is_external_account_required=True)
    town.directories.offers["https://backup.test/dir"] = CaOffer(("classic",), terms_of_service="https://terms.test")
    with pytest.raises(InvalidRequest) as refused:
        create_account(town.desk, new)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert town.ca_definitions.list_all() == ()


def test_names_are_taken_once(town: Deployment) -> None:
    """The deployment's own is one of them."""
    define(town)
    for name in ("backup", OWN):
        with pytest.raises(Conflict) as refused:
            create_account(town.desk, replace(BACKUP, name=name))
        assert refused.value.code == "ca-exists"


def test_all_accounts_are_listed_and_new_terms_reported(town: Deployment) -> None:
    """The CA's terms in force are compared with those that were agreed to."""
    town.directories.offers["https://backup.test/dir"] = CaOffer(terms_of_service="https://terms.test/1")
    define(town)
    assert [view.definition.name for view in list_accounts(town.desk)] == [OWN, "backup"]
    assert not read_account(town.desk, "backup").has_new_terms
    town.directories.offers["https://backup.test/dir"] = CaOffer(terms_of_service="https://terms.test/2")
    assert read_account(town.desk, "backup").has_new_terms
    town.directories.is_silent = True
    assert read_account(town.desk, "backup").offer is None
    with pytest.raises(NotFound):
        read_account(town.desk, "nowhere")


def changes(town: Deployment, account: str = "backup") -> list[str]:
    """List what was told of an account, oldest first."""
    return [event.change.value for event in reversed(town.account_events.list_newest(account, 100))]


def test_everything_that_happens_to_an_account_is_told(town: Deployment) -> None:
    """Each thing once, in its order; a refusal with the CA's own words, and not again while it stays the same."""
    define(town)
    town.clock.advance(milliseconds=MINUTE)
    change_account(town.desk, "backup", AccountWish("b@example.com"))
    settle(town, "backup")
    town.clock.advance(milliseconds=MINUTE)
    roll_over(town.desk, "backup")
    settle(town, "backup")
    town.cas.faults += [CaRefusal("No.", type="unauthorized", status=403) for _ in range(2)]
    for _ in range(2):
        town.clock.advance(milliseconds=MINUTE)
        change_account(town.desk, "backup", AccountWish(contact=f"{town.clock.now()}@example.com"))
        settle(town, "backup")
    town.clock.advance(milliseconds=MINUTE)
    deactivate(town.desk, "backup")
    settle(town, "backup")
    assert changes(town) == ["registered", "contact-changed", "key-replaced", "refused", "deactivated"]
    refused = next(event for event in town.account_events.list_newest("backup", 10) if event.code)
    assert (refused.code, "No." in refused.sentence) == ("ca-unauthorized", True)


def test_new_terms_are_seen_within_a_day_told_once_and_agreed_to(town: Deployment) -> None:
    """Of the deployment's own account too, which nobody has defined."""
    own = own_definition(town.settings)
    parts = town.ca_definitions, town.ca_standings, town.queue, town.clock, own
    town.directories.offers[DIRECTORY] = CaOffer(terms_of_service="https://terms.test/1")
    town.issue(*WILDCARD)
    assert enqueue_unsettled(*parts) == 1
    assert settle_account(town.workshop, OWN) is not None
    assert changes(town, OWN) == ["registered"]
    town.directories.offers[DIRECTORY] = CaOffer(terms_of_service="https://terms.test/2")
    assert enqueue_unsettled(*parts) == 0
    town.clock.advance(milliseconds=DAY)
    for _ in range(2):
        assert settle_account(town.workshop, OWN) is not None
    assert changes(town, OWN) == ["registered", "terms-changed"]
    told = town.account_events.list_newest(OWN, 1)[0]
    assert (told.terms_before, told.terms_now) == ("https://terms.test/1", "https://terms.test/2")
    assert [view.has_new_terms for view in list_accounts(town.desk)] == [True]
    change_account(town.desk, OWN, AccountWish(is_agreed=True))
    assert [view.has_new_terms for view in list_accounts(town.desk)] == [False]


def test_the_deployments_own_account_is_registered_by_its_first_certificate_only(town: Deployment) -> None:
    """Nobody is registered anywhere for having deployed something; its URL is there to read some minutes after."""
    own = own_definition(town.settings)
    assert enqueue_unsettled(town.ca_definitions, town.ca_standings, town.queue, town.clock, own) == 1
    standing = settle_account(town.workshop, OWN)
    assert standing is not None
    assert (standing.url, town.cas.told) == ("", [])
    assert enqueue_unsettled(town.ca_definitions, town.ca_standings, town.queue, town.clock, own) == 0
    certificate_id = create_certificate(town.desk, CertificateRequest("own_a", WILDCARD)).desired.id
    town.run_until(certificate_id, "issued")
    town.clock.advance(seconds=600)
    assert enqueue_unsettled(town.ca_definitions, town.ca_standings, town.queue, town.clock, own) == 1
    settled = settle_account(town.workshop, OWN)
    assert settled is not None
    assert settled.url
    assert list_accounts(town.desk)[0].url == settled.url


def test_a_key_moves_into_kms_and_the_old_one_is_let_go_of(town: Deployment) -> None:
    """Another place for it is another key; given up, all keys go."""
    define(town)
    view = change_account(town.desk, "backup", AccountWish(key="kms"))
    assert (view.definition.key, view.definition.rollovers) == (KeyKind.KMS, 1)
    settle(town, "backup")
    assert town.account_keys.made == [("backup", KeyKind.PLAIN), ("backup", KeyKind.KMS)]
    assert town.account_keys.discarded == [b"account-key-1"]
    deactivate(town.desk, "backup")
    settle(town, "backup")
    assert town.account_keys.discarded == [b"account-key-1", b"account-key-2"]


@pytest.mark.parametrize("method", ["update", "discard"])
def test_a_crash_beside_the_end_of_a_key_lets_go_of_it_all_the_same(town: Deployment, method: str) -> None:
    """And the account is neither rolled over again for that, nor given up by a key that is gone."""
    define(town)
    roll_over(town.desk, "backup")
    stored = town.accounts.read("backup")
    assert stored is not None
    discard, town.account_keys.discard = town.account_keys.discard, _break  # type: ignore[method-assign]  # a crash
    with pytest.raises(RuntimeError):
        settle(town, "backup")
    town.account_keys.discard = discard  # type: ignore[method-assign]  # the next worker
    assert settle_account(town.workshop, "backup") is not None
    assert [told for told in town.cas.told if told[0] == "rollover"] == [("rollover", stored.url)]
    assert town.account_keys.discarded == [b"account-key-1"]
    deactivate(town.desk, "backup")
    if method == "discard":
        town.account_keys.discard = _break  # type: ignore[method-assign]  # a crash
        with pytest.raises(RuntimeError):
            settle(town, "backup")
        town.account_keys.discard = discard  # type: ignore[method-assign]  # the next worker
    assert settle_account(town.workshop, "backup") is not None
    assert town.account_keys.discarded == [b"account-key-1", b"account-key-2"]
    assert [told[0] for told in town.cas.told].count("deactivate") == 1


def _break(key: bytes) -> None:
    raise RuntimeError("crash")


def test_what_a_wish_can_not_be_is_refused(town: Deployment) -> None:
    """Each with its field."""
    define(town)
    for wish, field in (
        (AccountWish(key="paper"), "key"),
        (AccountWish(staging="nowhere"), "staging"),
        (AccountWish(limits="many"), "limits"),
    ):
        with pytest.raises(InvalidRequest) as refused:
            change_account(town.desk, "backup", wish)
        assert refused.value.field == field
    assert change_account(town.desk, "backup", AccountWish(staging="backup")).definition.staging == "backup"


def test_a_ca_that_does_not_tell_its_terms_is_asked_again_in_an_hour_and_is_no_problem(town: Deployment) -> None:
    """The account stands as it stood."""
    define(town)
    town.clock.advance(milliseconds=DAY)
    town.directories.is_silent = True
    standing = settle_account(town.workshop, "backup")
    assert standing is not None
    assert (standing.problem, sweep(town)) == (None, 0)
    town.clock.advance(milliseconds=60 * MINUTE)
    assert sweep(town) == 1
