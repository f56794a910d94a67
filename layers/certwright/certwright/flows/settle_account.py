"""Bring an account at a CA to what is wanted of it: registered, its contact, its key, or given up."""

from dataclasses import replace

from certwright.domain.ca_account import CaDefinition, CaStanding, Change, next_change
from certwright.domain.errors import CaRefusal, CertwrightError, Unavailable
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import HOUR, MINUTE, SECOND
from certwright.flows.ca_accounts import find_definition
from certwright.flows.connect_account import KEY_PURPOSE, obtain_account, register_account
from certwright.flows.failures import is_transient
from certwright.flows.world import Workshop
from certwright.ports import AccountRegistration, StoredAccount


def settle_account(workshop: Workshop, name: str) -> CaStanding | None:
    """Tell the CA all that it has to be told, one thing after the other; None where there is no such account.

    What was done is stored at once. What the CA refuses for good is stored as the account's problem and not asked again
    before somebody changes the account; silence is asked again by the sweep.
    """
    wanted = find_definition(workshop.registry, workshop.settings, name)
    if wanted is None:
        return None
    stands = workshop.registry.standings.read(name) or CaStanding(name)
    try:
        while change := next_change(wanted, stands):
            stands = _make(workshop, wanted, stands, change)
            workshop.registry.standings.put(stands)
        stands = replace(stands, settled=wanted.changes, problem=None, retry_at=0)
    except CertwrightError as error:
        stands = _hindered(stands, wanted, error, workshop.clock.now())
    workshop.registry.standings.put(stands)
    return stands


def _make(workshop: Workshop, wanted: CaDefinition, stands: CaStanding, change: Change) -> CaStanding:
    stored = obtain_account(workshop, wanted)
    registration = _connect(workshop, stored)
    match change:
        case Change.REGISTER:
            return _register(workshop, wanted, stands, stored)
        case Change.CONTACT:
            registration.change_contact(stored.url, wanted.contact)
            return replace(stands, contact=wanted.contact)
        case Change.ROLLOVER:
            _roll_over(workshop, stored)
            return replace(stands, rollovers=wanted.rollovers)
        case Change.DEACTIVATE:
            if stored.url:
                registration.deactivate(stored.url)
            workshop.accounts.update(stored, replace(stored, is_deactivated=True))
            return replace(stands, is_deactivated=True)


def _connect(workshop: Workshop, stored: StoredAccount) -> AccountRegistration:
    key = workshop.cipher.decrypt(stored.encrypted_key, KEY_PURPOSE)
    return workshop.cas.registration(stored.directory, key)


def _register(workshop: Workshop, wanted: CaDefinition, stands: CaStanding, stored: StoredAccount) -> CaStanding:
    """Register; an account that certificates registered before has the contact of the deployment's settings."""
    contact = workshop.settings.acme_contact if stored.url else wanted.contact
    url = stored.url or register_account(workshop, wanted, stored)
    terms = workshop.directories.describe(stored.directory).terms_of_service
    return replace(stands, url=url, contact=contact, terms=terms)


def _roll_over(workshop: Workshop, stored: StoredAccount) -> None:
    """Replace the key; the new one is stored before the CA is told, so that no crash loses the account.

    After a crash the new key may be the account's already: the CA is asked whose it is.
    """
    if not stored.next_key:
        fresh = workshop.cipher.encrypt(workshop.cas.new_account_key(), KEY_PURPOSE)
        stored = workshop.accounts.update(stored, replace(stored, next_key=fresh))
    new_key = workshop.cipher.decrypt(stored.next_key, KEY_PURPOSE)
    if workshop.cas.registration(stored.directory, new_key).find() != stored.url:
        _connect(workshop, stored).change_key(stored.url, new_key)
    workshop.accounts.update(stored, replace(stored, encrypted_key=stored.next_key, next_key=b""))


def _hindered(stands: CaStanding, wanted: CaDefinition, error: CertwrightError, now: int) -> CaStanding:
    """Note why it did not go on, and whether to ask again."""
    if isinstance(error, CaRefusal):
        delay = int(error.retry_after_seconds * SECOND) or HOUR
        settled = stands.settled if is_transient(error) else wanted.changes
        return replace(stands, problem=error.problem, retry_at=now + delay, settled=settled)
    if isinstance(error, Unavailable):
        delay = int(error.retry_after_seconds * SECOND) or MINUTE
        return replace(stands, problem=Problem(error.code, error.sentence, Actor.CA), retry_at=now + delay)
    return replace(stands, problem=Problem(error.code, error.sentence, Actor.OPERATOR), retry_at=now + HOUR)
