"""What a CA keeps: authorizations, orders, certificates (RFC 8555 §7.1). Statuses are derived from parts."""

from dataclasses import dataclass

from certwright.domain.order import Status
from tests.simulation.ca_rules import Profile


@dataclass(slots=True, eq=False)
class Authorized:
    """One authorization as the CA keeps it."""

    url: str
    name: str
    tokens: dict[str, str]
    pending_until: int
    reused_for: int
    valid_until: int = 0
    answered: str = ""
    is_failed: bool = False
    is_revoked: bool = False

    def revoke(self) -> None:
        """Take it back, as a CA does that finds its own mistake."""
        self.is_revoked = True

    def status(self, now: int) -> Status:
        """RFC 8555 §7.1.6."""
        if self.is_failed:
            return Status.INVALID
        if self.is_revoked:
            return Status.REVOKED
        if self.valid_until:
            return Status.VALID if now < self.valid_until else Status.EXPIRED
        return Status.PENDING if now < self.pending_until else Status.EXPIRED


@dataclass(slots=True, eq=False)
class Ordered:
    """One order as the CA keeps it; `ready_at` is when a finalized order has its certificate.

    One that is not `is_foreseeable` was placed by a worker whose request was held up on its way.
    """

    url: str
    account: str
    names: tuple[str, ...]
    profile_name: str
    profile: Profile
    replaces: str
    authorizations: tuple[Authorized, ...]
    expires_at: int
    is_foreseeable: bool = True
    ready_at: int = 0
    chain: bytes = b""

    def status(self, now: int) -> Status:
        """RFC 8555 §7.1.6; an order that expired, itself or in a part, is invalid without a reason."""
        if self.chain:
            return Status.VALID if now >= self.ready_at else Status.PROCESSING
        parts = {item.status(now) for item in self.authorizations}
        if now >= self.expires_at or parts & {Status.INVALID, Status.EXPIRED, Status.REVOKED}:
            return Status.INVALID
        return Status.READY if parts == {Status.VALID} else Status.PENDING


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that the CA has signed."""

    account: str
    names: frozenset[str]
    not_before: int
    not_after: int
