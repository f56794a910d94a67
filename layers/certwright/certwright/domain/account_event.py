"""What happens to an account at a CA, for whoever listens (docs/events.md)."""

from dataclasses import dataclass
from enum import StrEnum

from certwright.domain.ca_account import Change


class AccountChange(StrEnum):
    """What happened."""

    REGISTERED = "registered"
    CONTACT_CHANGED = "contact-changed"
    KEY_REPLACED = "key-replaced"
    DEACTIVATED = "deactivated"
    REFUSED = "refused"
    TERMS_CHANGED = "terms-changed"


MADE = {
    Change.REGISTER: AccountChange.REGISTERED,
    Change.CONTACT: AccountChange.CONTACT_CHANGED,
    Change.ROLLOVER: AccountChange.KEY_REPLACED,
    Change.DEACTIVATE: AccountChange.DEACTIVATED,
}


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """A change of an account, at an instant (epoch milliseconds).

    `sentence` tells a person, `code` is that of the problem where the CA refused. `terms_before` and `terms_now` are
    the URLs of the CA's terms, where these changed.
    """

    at: int
    account: str
    directory: str
    change: AccountChange
    sentence: str
    code: str = ""
    terms_before: str = ""
    terms_now: str = ""
