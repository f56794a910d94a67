"""Which of a request's CAs to ask: the first, unless it is of no use for now, and the first again afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

from certwright.domain.renewal import DAY, HOUR

PATIENCE = HOUR
"""A CA that limits us for no longer than this is waited for."""

REFUSES = frozenset(
    {
        "ca-rejectedIdentifier",
        "ca-unsupportedIdentifier",
        "ca-invalidProfile",
        "ca-accountDoesNotExist",
        "ca-externalAccountRequired",
        "ca-userActionRequired",
        "ca-deactivated",
        "challenge-not-offered",
    }
)
"""The CA will not have the names, or us: nothing that a user's DNS could mend."""

IS_DOWN = frozenset({"order-not-placed", "ca-serverInternal"})
"""The CA did not answer for an hour, or could not do its work. An order that expired may have waited for its user."""

WAITS_FOR_BUDGET = "waiting-for-budget"

LIMITS = frozenset({"ca-rateLimited", WAITS_FOR_BUDGET})
"""The CA allows no more for a while, by its own word or by our count."""


@dataclass(frozen=True, slots=True)
class CaWish:
    """One of the CAs that a request lists, by its account, and the profile to order there (empty: its default)."""

    account: str
    profile: str = ""


@dataclass(frozen=True, slots=True)
class CaTrouble:
    """An account that is passed over until an instant (epoch milliseconds), and the code of what came of it last."""

    account: str
    until: int
    code: str


def find_trouble(account: str, code: str, retry_at: int, now: int) -> CaTrouble | None:
    """Tell how long to pass an account over after a failure that ended in `code`; None to ask it again.

    `retry_at` is when the CA lets us come back. What a validation finds wrong (`ca-dns`, `ca-unauthorized`) is
    wrong at every CA: it is never a reason to ask another.
    """
    if code in REFUSES:
        return CaTrouble(account, now + DAY, code)
    if code in IS_DOWN:
        return CaTrouble(account, now + HOUR, code)
    if code in LIMITS and retry_at - now > PATIENCE:
        return CaTrouble(account, retry_at, code)
    return None


def note_trouble(troubles: Sequence[CaTrouble], new: CaTrouble, now: int) -> tuple[CaTrouble, ...]:
    """Add a trouble in place of an older one of the same account; those that are over are forgotten."""
    return (*(item for item in troubles if item.account != new.account and item.until > now), new)


def choose_ca_account(wishes: Sequence[CaWish], troubles: Sequence[CaTrouble], now: int) -> CaWish:
    """Choose the first account that nothing is wrong with, else the one with which it is over soonest."""
    until = {item.account: item.until for item in troubles if item.until > now}
    return min(wishes, key=lambda wish: until.get(wish.account, 0))


def has_another(wishes: Sequence[CaWish], troubles: Sequence[CaTrouble], now: int) -> bool:
    """Tell whether there is an account left that nothing is wrong with."""
    troubled = {item.account for item in troubles if item.until > now}
    return any(wish.account not in troubled for wish in wishes)
