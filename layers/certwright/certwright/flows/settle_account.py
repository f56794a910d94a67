"""Bring an account at a CA to what is wanted of it: registered, its contact, its key, or given up."""

from dataclasses import replace

from certwright.domain.account_event import MADE, AccountChange, AccountEvent
from certwright.domain.ca_account import (
    TERMS_SEEN_EVERY,
    CaDefinition,
    CaStanding,
    Change,
    are_terms_stale,
    next_change,
)
from certwright.domain.errors import CaRefusal, CertwrightError, Unavailable
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import HOUR, MINUTE, SECOND
from certwright.flows.ca_accounts import find_definition
from certwright.flows.connect_account import KEY_PURPOSE, obtain_account, register_account
from certwright.flows.failures import is_transient
from certwright.flows.world import Workshop
from certwright.ports import AccountRegistration, StoredAccount

LOOKED_FOR_EVERY = 5 * MINUTE
"""How often it is looked whether a certificate has registered the deployment's own account."""

_SAID = {
    AccountChange.REGISTERED: "The account is registered at the CA.",
    AccountChange.CONTACT_CHANGED: "The CA was told another contact.",
    AccountChange.KEY_REPLACED: "The account's key was replaced; its URL stays.",
    AccountChange.DEACTIVATED: "The account was given up for good.",
}


def settle_account(workshop: Workshop, name: str) -> CaStanding | None:
    """Tell the CA all that it has to be told, one thing after the other; None where there is no such account.

    What was done is stored at once, its event before it: told twice after a crash rather than never. What the CA
    refuses for good is stored as the account's problem and not asked again before somebody changes the account; silence
    is asked again by the sweep.
    """
    wanted = find_definition(workshop.registry, workshop.settings, name)
    if wanted is None:
        return None
    stands = workshop.registry.standings.read(name) or CaStanding(name)
    try:
        stands = _bring_about(workshop, wanted, stands)
    except CertwrightError as error:
        stands = workshop.registry.standings.read(name) or stands
        hindered = _hindered(stands, wanted, error, workshop.clock.now())
        if hindered.problem and hindered.problem != stands.problem and isinstance(error, CaRefusal):
            told = hindered.problem
            _tell(workshop, wanted, AccountChange.REFUSED, told.sentence, code=told.code)
        stands = hindered
    workshop.registry.standings.put(stands)
    return stands


def _bring_about(workshop: Workshop, wanted: CaDefinition, stands: CaStanding) -> CaStanding:
    """Do what is to be done; the deployment's own account is left to be registered by its first certificate."""
    if not wanted.created_at and not stands.url and not _is_registered(workshop, wanted.name):
        return replace(stands, retry_at=workshop.clock.now() + LOOKED_FOR_EVERY)
    while change := next_change(wanted, stands):
        stands = _make(workshop, wanted, stands, change)
        _tell(workshop, wanted, MADE[change], _SAID[MADE[change]])
        workshop.registry.standings.put(stands)
    _keep_limits(workshop, wanted)
    stands = _look_at_terms(workshop, wanted, stands)
    return replace(stands, settled=wanted.changes, problem=None, retry_at=0)


def _is_registered(workshop: Workshop, name: str) -> bool:
    stored = workshop.accounts.read(name)
    return stored is not None and bool(stored.url)


def _make(workshop: Workshop, wanted: CaDefinition, stands: CaStanding, change: Change) -> CaStanding:
    stored = obtain_account(workshop, wanted)
    match change:
        case Change.REGISTER:
            return _register(workshop, wanted, stands, stored)
        case Change.CONTACT:
            _connect(workshop, stored).change_contact(stored.url, wanted.contact)
            return replace(stands, contact=wanted.contact)
        case Change.ROLLOVER:
            _roll_over(workshop, wanted, stored)
            return replace(stands, rollovers=wanted.rollovers)
        case Change.DEACTIVATE:
            _deactivate(workshop, stored)
            return replace(stands, is_deactivated=True)


def _connect(workshop: Workshop, stored: StoredAccount) -> AccountRegistration:
    key = workshop.cipher.decrypt(stored.encrypted_key, KEY_PURPOSE)
    return workshop.cas.registration(stored.directory, key)


def _register(workshop: Workshop, wanted: CaDefinition, stands: CaStanding, stored: StoredAccount) -> CaStanding:
    """Register; an account that certificates registered before has the contact of the deployment's settings."""
    contact = workshop.settings.acme_contact if stored.url else wanted.contact
    url = stored.url or register_account(workshop, wanted, stored)
    terms = workshop.directories.describe(stored.directory).terms_of_service
    return replace(stands, url=url, contact=contact, terms=terms, terms_now=terms, terms_seen_at=workshop.clock.now())


def _roll_over(workshop: Workshop, wanted: CaDefinition, stored: StoredAccount) -> None:
    """Replace the key; the new one is stored before the CA is told, so that no crash loses the account.

    After a crash the new key may be the account's already: the CA is asked whose it is. The old one is discarded last.
    """
    if not stored.retired_key:
        stored = _replace_key(workshop, wanted, stored)
    workshop.account_keys.discard(workshop.cipher.decrypt(stored.retired_key, KEY_PURPOSE))
    workshop.accounts.update(stored, replace(stored, retired_key=b""))


def _replace_key(workshop: Workshop, wanted: CaDefinition, stored: StoredAccount) -> StoredAccount:
    if not stored.next_key:
        fresh = workshop.cipher.encrypt(workshop.account_keys.make(wanted.name, wanted.key), KEY_PURPOSE)
        stored = workshop.accounts.update(stored, replace(stored, next_key=fresh))
    new_key = workshop.cipher.decrypt(stored.next_key, KEY_PURPOSE)
    if workshop.cas.registration(stored.directory, new_key).find() != stored.url:
        _connect(workshop, stored).change_key(stored.url, new_key)
    after = replace(stored, encrypted_key=stored.next_key, next_key=b"", retired_key=stored.encrypted_key)
    return workshop.accounts.update(stored, after)


def _deactivate(workshop: Workshop, stored: StoredAccount) -> None:
    """Give the account up, then its keys: without its key it could not be given up any more."""
    if not stored.is_deactivated:
        if stored.url:
            _connect(workshop, stored).deactivate(stored.url)
        stored = workshop.accounts.update(stored, replace(stored, is_deactivated=True))
    for key in filter(None, (stored.encrypted_key, stored.next_key, stored.retired_key)):
        workshop.account_keys.discard(workshop.cipher.decrypt(key, KEY_PURPOSE))


def _keep_limits(workshop: Workshop, wanted: CaDefinition) -> None:
    """Lay the account's limits beside its key, where every order finds them."""
    stored = workshop.accounts.read(wanted.name)
    if stored and stored.limits != wanted.limits:
        workshop.accounts.update(stored, replace(stored, limits=wanted.limits))


def _look_at_terms(workshop: Workshop, wanted: CaDefinition, stands: CaStanding) -> CaStanding:
    """See whether the CA's terms have changed, once a day, and tell of it once; a CA that is silent is asked hourly."""
    now = workshop.clock.now()
    if not are_terms_stale(stands, now):
        return stands
    try:
        found = workshop.directories.describe(wanted.entry.directory).terms_of_service
    except (CaRefusal, Unavailable):
        return replace(stands, terms_seen_at=now - TERMS_SEEN_EVERY + HOUR)
    before = stands.terms_now or stands.terms
    if found and before and found != before:
        sentence = f"The CA has new terms: read them at {found}, and agree to them if you do."
        _tell(workshop, wanted, AccountChange.TERMS_CHANGED, sentence, terms=(before, found))
    return replace(stands, terms=stands.terms or found, terms_now=found, terms_seen_at=now)


def _tell(
    workshop: Workshop,
    wanted: CaDefinition,
    change: AccountChange,
    sentence: str,
    *,
    code: str = "",
    terms: tuple[str, str] = ("", ""),
) -> None:
    now, directory = workshop.clock.now(), wanted.entry.directory
    workshop.account_events.put(AccountEvent(now, wanted.name, directory, change, sentence, code, *terms))


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
