"""Accounts at CAs as stored, and the limits they are under."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from certwright.domain.account_event import AccountEvent
from certwright.domain.budget import Budget
from certwright.domain.ca_account import CaDefinition, CaStanding, KeyKind


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """A CA account in the registry; its private key is encrypted, `url` is empty until it is registered.

    `next_key` is the one that takes its place while the CA is told, `retired_key` one whose place was taken and that is
    still to be discarded; both are encrypted too. `limits` are those that an operator has set for the CA.
    """

    name: str
    directory: str
    encrypted_key: bytes
    url: str = ""
    next_key: bytes = b""
    is_deactivated: bool = False
    retired_key: bytes = b""
    limits: str = ""


class AccountKeys(Protocol):
    """The private keys of accounts, all on P-256; what is kept of one is the key itself, or names it."""

    def make(self, account: str, kind: KeyKind) -> bytes:
        """Make a key, in the form that `Cas` signs with."""
        ...

    def discard(self, key: bytes) -> None:
        """Let go of a key that signs no more; again is fine."""
        ...


class Accounts(Protocol):
    """The CA accounts in the registry."""

    def read(self, name: str) -> StoredAccount | None:
        """Read one account, strongly consistent."""
        ...

    def create(self, account: StoredAccount) -> StoredAccount:
        """Store an account unless there is one of that name, and return the stored one."""
        ...

    def set_url(self, name: str, url: str) -> None:
        """Keep the URL the CA gave."""
        ...

    def update(self, before: StoredAccount, after: StoredAccount) -> StoredAccount:
        """Replace keys and state, and return what is stored; `StaleRevision` where other keys are there by now."""
        ...


class CaDefinitions(Protocol):
    """The CA accounts that operators defined."""

    def read(self, name: str) -> CaDefinition | None:
        """Read one, strongly consistent."""
        ...

    def create(self, definition: CaDefinition) -> bool:
        """Store one unless there is one of that name; False when there was."""
        ...

    def update(self, before: CaDefinition, after: CaDefinition) -> None:
        """Replace one; `StaleRevision` when its `changes` are no longer as `before`."""
        ...

    def list_all(self) -> tuple[CaDefinition, ...]:
        """List all of them by name."""
        ...


class CaStandings(Protocol):
    """How accounts stand at their CAs, as workers last left them."""

    def read(self, name: str) -> CaStanding | None:
        """Read one, None where nothing is known."""
        ...

    def put(self, standing: CaStanding) -> None:
        """Store one in place of what was there."""
        ...


class AccountEvents(Protocol):
    """What happened to accounts, kept for people and announced by whoever hears of it."""

    def put(self, event: AccountEvent) -> None:
        """Store an event; the same one again is the same one."""
        ...

    def list_newest(self, account: str, limit: int) -> tuple[AccountEvent, ...]:
        """Read the newest events of an account, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class StoredBudget:
    """A budget, and the revision at which it was read; 0 for one that was not there."""

    key: str
    budget: Budget
    revision: int = 0


class Budgets(Protocol):
    """What is left of the CAs' limits; a key begins with the CA's id and `#`."""

    def read(self, keys: Sequence[str]) -> tuple[StoredBudget, ...]:
        """Read those that are there, strongly consistent."""
        ...

    def write(self, changed: Sequence[StoredBudget]) -> None:
        """Store up to 100, all or none, under the revisions they were read at; `StaleRevision`."""
        ...

    def list_all(self, ca: str, limit: int) -> tuple[StoredBudget, ...]:
        """List those of one CA in the order of their keys, the first `limit` (eventually consistent)."""
        ...
