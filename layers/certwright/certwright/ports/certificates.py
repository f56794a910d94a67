"""The table of certificates, by who uses it."""

from dataclasses import dataclass
from typing import Protocol

from certwright.domain.asked_renewal import AskedRenewal
from certwright.domain.certificate import ClosedAttempt, Desired, Event, Work
from certwright.domain.revocation import Reason, Revocation
from certwright.domain.shown import Hearer, Summary


@dataclass(frozen=True, slots=True)
class Managed:
    """A certificate as stored: what was asked, and how far the work is."""

    desired: Desired
    work: Work


@dataclass(frozen=True, slots=True)
class NotClaimed:
    """A claim that failed: when the certificate is due, and whether somebody works on it."""

    due_at: int
    is_claimed: bool


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key for one request, and the hash of that request's body."""

    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of summaries, newest first; an empty cursor ends the list."""

    items: tuple[Summary, ...]
    cursor: str


class Certificates(Protocol):
    """Certificates as the API sees them."""

    def create(self, managed: Managed, event: Event, idempotency: IdempotencyKey | None) -> str:
        """Store a new certificate, whole or not at all, and return its id.

        Returns the id of the earlier one when the same key came with the same request; `InvalidRequest` when the key
        came with another.
        """
        ...

    def read(self, certificate_id: str) -> Managed | None:
        """Read one certificate, strongly consistent."""
        ...

    def list_summaries(self, owner: str, cursor: str, limit: int) -> Page:
        """List the certificates of one owner."""
        ...

    def wake(self, certificate_id: str, now: int, *, is_deleted: bool) -> None:
        """Ask for attention: make every observation stale, and mark it deleted if so; `NotFound` when it is gone.

        The due time moves only where nobody works on it.
        """
        ...

    def list_events(self, certificate_id: str, limit: int) -> tuple[Event, ...]:
        """Read the newest events, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Changes:
    """One save: the new `work`, and what must land together with it.

    `is_released` gives up the claim; the save then also fails where `wake` moved. `takes_hold` is the key of a hold to
    take for the attempt that is saved, where nobody has it; `drops_hold` that of one to delete.
    """

    desired: Desired
    before: Work
    after: Work
    now: int
    is_released: bool = False
    closed: ClosedAttempt | None = None
    drops_hold: str = ""
    takes_hold: str = ""


class Revocations(Protocol):
    """Versions that are to be revoked, as the API sees them."""

    def ask(self, certificate_id: str, revocation: Revocation) -> None:
        """Add one to what was asked of a certificate; `NotFound` when it is gone."""
        ...


class Renewals(Protocol):
    """Renewals that are asked for ahead of their time, as the API sees them."""

    def ask(
        self, certificate_id: str, renewal: AskedRenewal, event: Event, instead_of: AskedRenewal | None = None
    ) -> None:
        """Set what was asked of a certificate last, with its event, whole or not at all.

        A worker is called too. `NotFound` when it is gone, `StaleRevision` when something else than `instead_of` was
        asked last.
        """
        ...

    def move(self, before: Managed, after: Desired, event: Event) -> None:
        """Change which CAs are asked, and the renewal, with an event and a call for a worker; all or nothing.

        `NotFound` when it is gone, `StaleRevision` when these are no longer as `before`.
        """
        ...


class Attempts(Protocol):
    """What was tried for a certificate, and is over."""

    def list_closed(self, certificate_id: str, limit: int) -> tuple[ClosedAttempt, ...]:
        """Read the attempts that began last, newest first."""
        ...


class KeyRevoker(Protocol):
    """Revocation by whoever has a certificate and its key."""

    def revoke_by_key(self, directory: str, private_key: bytes, chain: bytes, reason: Reason) -> None:
        """Revoke as `Cas.revoke_by_key` does; `InvalidRequest` where key and certificate do not belong together."""
        ...


class Jobs(Protocol):
    """Certificates as a worker sees them: claimed, worked on under a lease, saved."""

    def claim(self, certificate_id: str, worker: str, now: int, lease_until: int) -> Managed | NotClaimed | None:
        """Take the lease of a due certificate: claim and fence at once; None when it does not exist."""
        ...

    def read_work(self, certificate_id: str) -> Managed | None:
        """Read a certificate again while holding its lease."""
        ...

    def save(self, changes: Changes) -> Work:
        """Store what a step changed and return the work as stored; `StaleRevision` when another writer came first."""
        ...

    def remove(self, managed: Managed) -> None:
        """Delete what is stored of a deleted certificate, under the revision it was read at; `StaleRevision`."""
        ...

    def list_due(self, now: int, limit: int) -> tuple[str, ...]:
        """List the certificates that are due, oldest first, by the index (eventually consistent)."""
        ...


@dataclass(frozen=True, slots=True)
class Lateness:
    """From when a certificate is late (epoch milliseconds)."""

    certificate: str
    late_at: int


class Overview(Protocol):
    """All certificates at a glance, by their indexes (eventually consistent)."""

    def oldest_due(self) -> int | None:
        """Tell the earliest due time, None where there is no certificate."""
        ...

    def list_by_lateness(self, hearer: Hearer, limit: int) -> tuple[Lateness, ...]:
        """List those that one of the two must hear of if they are late, first the one that is late first."""
        ...

    def read_summary(self, certificate_id: str) -> Summary | None:
        """Read what lists show of one certificate."""
        ...


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds one account, set of names and profile: one order in flight for each."""

    certificate: str
    attempt: str


class Holds(Protocol):
    """Holds on account, names and profile (a CA hands out one pending order for them)."""

    def read(self, key: str) -> Holder | None:
        """Tell who has a hold, strongly consistent; None where nobody has."""
        ...

    def take(self, key: str, holder: Holder, instead_of: Holder | None = None) -> Holder:
        """Take a free hold, or one of `instead_of`, and return who has it then."""
        ...
