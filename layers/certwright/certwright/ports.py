"""What the flows need of the world: small interfaces, owned here, filled in by `adapters` and by the tests' fakes.

Each method raises only what its docstring names and `Unavailable`, when the world does not answer in time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from certwright.domain.order import Account, Order
from certwright.domain.records import NameCheck, WantedAddress, WantedDelegation, WantedZone
from certwright.domain.problem import Problem


class Clock(Protocol):
    """Time, so that tests and simulations can own it."""

    def now(self) -> int:
        """Tell the time in epoch milliseconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait, at most 2 seconds at a time."""
        ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a certificate chain's first certificate says; times are epoch milliseconds.

    `public_key` is the SHA-256 of its SubjectPublicKeyInfo in hex, `ari_id` the identifier of RFC 9773 §4.1.
    """

    names: tuple[str, ...]
    not_before: int
    not_after: int
    serial: str
    issuer: str
    public_key: str
    ari_id: str


class Keys(Protocol):
    """Private keys, CSRs and the reading of certificates. Private keys are PEM (PKCS #8)."""

    def generate(self, key_type: str) -> bytes:
        """Make a new private key; `key_type` is one of `domain.certificate.KEY_TYPES`."""
        ...

    def build_csr(self, private_key: bytes, names: Sequence[str]) -> bytes:
        """Build a CSR in DER with an empty subject and the names as SANs (RFC 8555 §7.4)."""
        ...

    def public_key(self, private_key: bytes) -> str:
        """Digest the public half as `Leaf.public_key` does."""
        ...

    def read_leaf(self, chain: bytes) -> Leaf:
        """Read the first certificate of a PEM chain; `InvalidRequest` when it is none."""
        ...


class Ca(Protocol):
    """One account at one CA, single-shot calls that never sleep; each raises `CaRefusal` for a problem document."""

    def place_order(self, names: Sequence[str], profile: str, replaces: str) -> Order:
        """Place an order, with its authorizations; `profile` and `replaces` may be empty (RFC 8555 §7.4, RFC 9773 §5)."""
        ...

    def fetch_order(self, url: str) -> Order:
        """Read an order; with its authorizations while it is pending or invalid (RFC 8555 §7.1.3)."""
        ...

    def answer(self, challenge_url: str) -> None:
        """Tell the CA that a challenge is ready (RFC 8555 §7.5.1); harmless when repeated."""
        ...

    def finalize(self, order: Order, csr: bytes) -> Order:
        """Ask for the certificate of a ready order with a CSR in DER (RFC 8555 §7.4)."""
        ...

    def download(self, order: Order) -> bytes:
        """Fetch the chain of a valid order as PEM, leaf first (RFC 8555 §7.4.2)."""
        ...


@dataclass(frozen=True, slots=True)
class RenewalWindow:
    """When the CA suggests renewal (RFC 9773 §4.2); epoch milliseconds; `retry_after_seconds` clamped to 1 min … 1 day."""

    start: int
    end: int
    retry_after_seconds: float
    explanation_url: str = ""


class RenewalInformation(Protocol):
    """The CA's renewal information, read without authentication."""

    def fetch_window(self, ari_id: str) -> RenewalWindow | None:
        """Read the suggested window; None when the CA offers none or it is not usable (end before start)."""
        ...


class Registration(Protocol):
    """Making an account at the CA."""

    def register(self, contact: str, terms_agreed: bool) -> str:
        """Register the key, or find the account that has it, and return the account URL (RFC 8555 §7.3)."""
        ...

    def thumbprint(self) -> str:
        """Digest the account key (RFC 7638)."""
        ...


class RecordChecks(Protocol):
    """A fresh look at DNS from the root, authoritative servers only, never a cache (and HTTP where it must be)."""

    def check_delegation(self, wanted: WantedDelegation) -> NameCheck:
        """Walk `_acme-challenge.<identifier>`; the problem names the first broken hop: A, NS, reachability, CNAME."""
        ...

    def check_address(self, wanted: WantedAddress) -> NameCheck:
        """Look whether HTTP-01 for the identifier reaches us, by its address or by a redirect."""
        ...

    def check_zone(self, wanted: WantedZone) -> Problem | None:
        """Look whether the zone is delegated to us and answers over UDP and TCP."""
        ...
