"""Certificate authorities: directories, accounts, orders, authorizations, revocations, renewal information."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from certwright.domain.ca import CaOffer
from certwright.domain.order import Authorization, Order
from certwright.domain.revocation import Reason


class CaDirectories(Protocol):
    """What CAs say about themselves, read without an account."""

    def describe(self, directory: str) -> CaOffer:
        """Read a directory's metadata (RFC 8555 §7.1.1); it may be some minutes old."""
        ...


class CaOrders(Protocol):
    """Orders of one account; none of these reads the authorizations of an order that may still succeed."""

    def place_order(self, names: Sequence[str], profile: str, replaces: str) -> Order:
        """Place an order (RFC 8555 §7.4; `replaces`: RFC 9773 §5, may be empty)."""
        ...

    def fetch_order(self, url: str) -> Order:
        """Read an order; of an invalid one also why it is so (RFC 8555 §7.1.3)."""
        ...

    def finalize(self, order: Order, csr: bytes) -> Order:
        """Ask for the certificate of a ready order with a CSR in DER (RFC 8555 §7.4)."""
        ...

    def download(self, order: Order) -> bytes:
        """Fetch the chain of a valid order as PEM, leaf first (RFC 8555 §7.4.2)."""
        ...

    def download_alternates(self, order: Order) -> Iterable[bytes]:
        """Fetch the other chains of a valid order, one by one (`Link: rel="alternate"`, RFC 8555 §7.4.2)."""
        ...


class CaAuthorizations(Protocol):
    """Authorizations of one account, one at a time."""

    def fetch_authorization(self, url: str) -> Authorization:
        """Read an authorization with its challenges (RFC 8555 §7.5)."""
        ...

    def answer(self, challenge_url: str) -> None:
        """Tell the CA that a challenge is ready (RFC 8555 §7.5.1); harmless when repeated."""
        ...


class CaRevocations(Protocol):
    """Revocations in the name of one account."""

    def revoke(self, chain: bytes, reason: Reason) -> None:
        """Revoke the first certificate of a chain; one that is revoked already is fine (RFC 8555 §7.6)."""
        ...


class Ca(CaOrders, CaAuthorizations, CaRevocations, Protocol):
    """One account at one CA: one request a call, never sleeping; each raises `CaRefusal` for a problem document."""


@dataclass(frozen=True, slots=True)
class RenewalWindow:
    """When the CA suggests renewal (RFC 9773 §4.2), epoch milliseconds; `retry_after_seconds` is 1 minute to 1 day."""

    start: int
    end: int
    retry_after_seconds: float
    explanation_url: str = ""


class RenewalInformation(Protocol):
    """The CA's renewal information, read without authentication."""

    def fetch_window(self, ari_id: str) -> RenewalWindow | None:
        """Read the suggested window; None when the CA offers none or it is not usable (end before start)."""
        ...


@dataclass(frozen=True, slots=True)
class ExternalAccount:
    """What binds an account to one the operator has with the CA (RFC 8555 §7.3.4); `hmac_key` is base64url."""

    kid: str
    hmac_key: str = field(repr=False)


class Registration(Protocol):
    """Making an account at the CA."""

    def register(self, contact: str, terms_agreed: bool, external: ExternalAccount | None = None) -> str:
        """Register the key, or find the account that has it, and return the account URL (RFC 8555 §7.3)."""
        ...

    def find(self) -> str:
        """Find the account that has the key; empty where none has (RFC 8555 §7.3.1)."""
        ...

    def thumbprint(self) -> str:
        """Digest the account key (RFC 7638)."""
        ...


class AccountChanges(Protocol):
    """Changes of an account at the CA, by its URL; each raises `CaRefusal`."""

    def change_contact(self, url: str, contact: str) -> None:
        """Replace the contact; an empty one takes it away (RFC 8555 §7.3.2)."""
        ...

    def change_key(self, url: str, new_key: bytes) -> None:
        """Replace the account's key by another that `AccountKeys` made (RFC 8555 §7.3.5)."""
        ...

    def deactivate(self, url: str) -> None:
        """Give the account up for good; again is fine (RFC 8555 §7.3.6)."""
        ...


class AccountRegistration(Registration, AccountChanges, Protocol):
    """An account key at a CA, before and after it is registered."""


class Cas(Protocol):
    """Connections to CAs, by keys that `AccountKeys` made; building one costs no request."""

    def registration(self, directory: str, account_key: bytes) -> AccountRegistration:
        """Connect for registering a key at a directory."""
        ...

    def account(self, directory: str, account_key: bytes, account_url: str) -> Ca:
        """Connect as a registered account."""
        ...

    def renewal_information(self, directory: str) -> RenewalInformation:
        """Connect for reading renewal information."""
        ...

    def revoke_by_key(self, directory: str, private_key: bytes, chain: bytes, reason: Reason) -> None:
        """Revoke the first certificate of a chain in the name of its own key, without an account (RFC 8555 §7.6).

        Raises `CaRefusal`; one that is revoked already is fine.
        """
        ...
