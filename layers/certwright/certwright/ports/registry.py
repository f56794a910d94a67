"""The table of owners and what is theirs."""

from typing import Protocol

from certwright.domain.owner import Delegation, Owner, Token, Zone


class Owners(Protocol):
    """The owners in the registry."""

    def read(self, owner_id: str) -> Owner | None:
        """Read one owner, strongly consistent."""
        ...

    def create(self, owner: Owner) -> Owner:
        """Store an owner unless there is one of that id, and return the stored one."""
        ...

    def list_all(self) -> tuple[Owner, ...]:
        """List every owner."""
        ...

    def change(self, owner: Owner) -> Owner:
        """Set an owner's name, patterns and activity, nothing else, and return what is stored; raises `NotFound`."""
        ...

    def set_current_zone(self, owner_id: str, zone_id: str, instead_of: str) -> bool:
        """Point an owner at its zone, unless it points elsewhere than `instead_of` by now."""
        ...


class Zones(Protocol):
    """The delegated zones in the registry."""

    def create(self, zone: Zone) -> None:
        """Store a new zone; `Conflict` when its origin is taken or overlaps another."""
        ...

    def read(self, zone_id: str) -> Zone | None:
        """Read one zone."""
        ...

    def list_all(self) -> tuple[Zone, ...]:
        """List every zone of the deployment."""
        ...

    def update(self, before: Zone, after: Zone) -> None:
        """Replace a zone's values (not its origin); `StaleRevision` when it is no longer as `before`."""
        ...

    def remove(self, zone: Zone) -> None:
        """Delete a zone and free its origin."""
        ...


class Delegations(Protocol):
    """The stable targets in the registry."""

    def obtain(self, delegation: Delegation) -> Delegation:
        """Store a delegation unless the owner has one for the domain, and return the stored one."""
        ...

    def read(self, owner: str, domain: str) -> Delegation | None:
        """Read an owner's delegation for a domain, a deleted one too."""
        ...

    def list_of(self, owner: str, after: str = "", limit: int | None = None) -> tuple[Delegation, ...]:
        """List an owner's delegations by domain, deleted ones too: all, or the first `limit` `after` a domain."""
        ...


class DelegationUses(Protocol):
    """Which delegations count, for which certificates, and what looks at them found."""

    def hold(self, owner: str, domain: str, certificate_id: str) -> None:
        """Note that a certificate needs a delegation, which then counts, deleted or not; quiet where there is none."""
        ...

    def release(self, owner: str, domain: str, certificate_id: str) -> None:
        """Note that a certificate needs a delegation no more."""
        ...

    def set_deleted(self, owner: str, domain: str, deleted_at: int) -> bool:
        """Make a delegation a tombstone, or with 0 have it count again; False where a certificate needs it."""
        ...

    def note_look(self, delegation: Delegation) -> None:
        """Store what a look found: `looked_at`, `seen_at`, `target` and `problem`, nothing else."""
        ...


class EveryDelegation(Delegations, DelegationUses, Protocol):
    """All of it."""


class Holdings(Protocol):
    """Who has HTTP-01 for a name: a holding lasts while one of the owner's certificates needs it."""

    def take(self, name: str, owner: str, certificate_id: str) -> bool:
        """Hold a name for a certificate; False when another owner has it."""
        ...

    def release(self, name: str, certificate_id: str) -> None:
        """Let go of a name for a certificate, and of the holding with its last."""
        ...

    def holder(self, name: str) -> str:
        """Tell the owner that holds a name, empty for none."""
        ...


class Tokens(Protocol):
    """The API tokens in the registry."""

    def read(self, token_id: str) -> Token | None:
        """Read one token, strongly consistent: a deletion counts at once."""
        ...

    def create(self, token: Token) -> bool:
        """Store a token unless there is one of that id; False when there was."""
        ...

    def list_all(self) -> tuple[Token, ...]:
        """List every token."""
        ...

    def remove(self, token_id: str) -> None:
        """Delete a token; quietly when there is none."""
        ...
