"""Load the CA account of a certificate; make and register it when it is the first to need it."""

from dataclasses import replace

from certwright.domain.ca import CaEntry, find_ca
from certwright.domain.errors import Unavailable
from certwright.domain.order import Account
from certwright.flows.job import Connection, Effect, Job
from certwright.flows.world import Workshop
from certwright.ports import StoredAccount

KEY_PURPOSE = "account-key"


def connect_account(workshop: Workshop, job: Job) -> Effect:
    """Connect the account that the certificate names; raises `CaRefusal`, `Unavailable`."""
    return Effect(replace(job, connection=open_account(workshop, job.desired.account)))


def open_account(workshop: Workshop, name: str) -> Connection:
    """Connect an account, registered before if it was not yet; raises `CaRefusal`, `Unavailable`."""
    stored = _obtain(workshop, name)
    key = workshop.cipher.decrypt(stored.encrypted_key, KEY_PURPOSE)
    registration = workshop.cas.registration(stored.directory, key)
    url = stored.url
    if not url:
        url = registration.register(workshop.settings.acme_contact, workshop.settings.acme_terms_agreed)
        workshop.accounts.set_url(stored.name, url)
    account = Account(stored.name, stored.directory, url, registration.thumbprint())
    return Connection(account, workshop.cas.account(stored.directory, key, url))


def _obtain(workshop: Workshop, name: str) -> StoredAccount:
    """Read the account, or put one if absent: of several workers one makes it, and all get that one."""
    stored = workshop.accounts.read(name)
    if stored:
        return stored
    entry: CaEntry = find_ca(workshop.settings.acme_directory)
    if entry.account != name:
        raise Unavailable(
            f"The CA account {name} is not in the registry, and the deployment's CA is another ({entry.account}).",
            code="account-missing",
        )
    encrypted = workshop.cipher.encrypt(workshop.cas.new_account_key(), KEY_PURPOSE)
    return workshop.accounts.create(StoredAccount(name, entry.directory, encrypted))
