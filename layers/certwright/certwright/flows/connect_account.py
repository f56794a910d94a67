"""Load the CA account of a certificate; make and register it when it is the first to need it."""

from dataclasses import replace

from certwright.domain.ca_account import CaDefinition
from certwright.domain.errors import CertwrightError, Unavailable
from certwright.domain.order import Account
from certwright.flows.ca_accounts import EAB_PURPOSE, find_definition, own_definition
from certwright.flows.job import Connection, Effect, Job
from certwright.flows.world import Workshop
from certwright.ports import ExternalAccount, StoredAccount

KEY_PURPOSE = "account-key"


def connect_account(workshop: Workshop, job: Job) -> Effect:
    """Connect the account that the certificate names; raises `CaRefusal`, `Unavailable`."""
    return Effect(replace(job, connection=open_account(workshop, job.desired.account)))


def open_account(workshop: Workshop, name: str) -> Connection:
    """Connect an account, registered before if it was not yet.

    Raises `CaRefusal`, `Unavailable`, and `CertwrightError` for an account that was given up.
    """
    stored = workshop.accounts.read(name) or obtain_account(workshop, _defined(workshop, name))
    if stored.is_deactivated:
        raise CertwrightError(
            f"The CA account {name} was deactivated: request the certificate again with another.", code="ca-deactivated"
        )
    key = workshop.cipher.decrypt(stored.encrypted_key, KEY_PURPOSE)
    registration = workshop.cas.registration(stored.directory, key)
    url = stored.url or register_account(workshop, _defined(workshop, name), stored)
    account = Account(stored.name, stored.directory, url, registration.thumbprint(), stored.limits)
    return Connection(account, workshop.cas.account(stored.directory, key, url))


def register_account(workshop: Workshop, wanted: CaDefinition, stored: StoredAccount) -> str:
    """Register an account's key, bound to the operator's own account where it has one, and keep its URL."""
    key = workshop.cipher.decrypt(stored.encrypted_key, KEY_PURPOSE)
    external = None
    if wanted.eab_kid:
        hmac_key = workshop.cipher.decrypt(wanted.eab_hmac, EAB_PURPOSE).decode()
        external = ExternalAccount(wanted.eab_kid, hmac_key)
    registration = workshop.cas.registration(stored.directory, key)
    url = registration.register(wanted.contact, wanted.is_terms_agreed, external)
    workshop.accounts.set_url(stored.name, url)
    return url


def obtain_account(workshop: Workshop, wanted: CaDefinition) -> StoredAccount:
    """Read the account, or put one if absent: of several workers one makes it, and all get that one."""
    stored = workshop.accounts.read(wanted.name)
    if stored:
        return stored
    encrypted = workshop.cipher.encrypt(workshop.account_keys.make(wanted.name, wanted.key), KEY_PURPOSE)
    return workshop.accounts.create(StoredAccount(wanted.name, wanted.entry.directory, encrypted, limits=wanted.limits))


def _defined(workshop: Workshop, name: str) -> CaDefinition:
    found = find_definition(workshop.registry, workshop.settings, name)
    if found is None:
        own = own_definition(workshop.settings).name
        raise Unavailable(
            f"The CA account {name} is not in the registry, and the deployment's CA is another ({own}).",
            code="account-missing",
        )
    return found
