"""Private keys, what is signed with them, and what encrypts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a certificate chain's first certificate says; times are epoch milliseconds.

    `public_key` is the SHA-256 of its SubjectPublicKeyInfo in hex, `ari_id` the identifier of RFC 9773 §4.1. `root` is
    the common name of the issuer of the chain's last certificate, empty where it has none.
    """

    names: tuple[str, ...]
    not_before: int
    not_after: int
    serial: str
    issuer: str
    public_key: str
    ari_id: str
    root: str = ""


class Keys(Protocol):
    """Private keys, CSRs and the reading of certificates. Private keys are PEM (PKCS #8)."""

    def generate(self, key_type: str) -> bytes:
        """Make a new private key; `key_type` is one of `domain.key_types.KEY_TYPES`."""
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


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A CSR that a user made; `public_key` as `Leaf.public_key`, `key_type` one of `domain.key_types.KEY_TYPES`."""

    der: bytes
    names: tuple[str, ...]
    public_key: str
    key_type: str


class SigningRequests(Protocol):
    """CSRs that users send."""

    def read(self, text: str) -> SigningRequest:
        """Read a PEM CSR and check its signature and key; `InvalidRequest` says what is wrong with it."""
        ...

    def key_of_certificate(self, text: str) -> str:
        """Digest the public key of the first certificate of a PEM chain; `InvalidRequest` when it is none."""
        ...


class CompromisedKeys(Protocol):
    """Keys that were reported as compromised, by the digests of their public halves."""

    def note(self, public_key: str, at: int) -> None:
        """Remember a key for good."""
        ...

    def is_noted(self, public_key: str) -> bool:
        """Tell whether a key was noted, strongly consistent."""
        ...


class Cipher(Protocol):
    """Encryption at rest for what is smaller than 4 KiB; `purpose` must be the same both times."""

    def encrypt(self, plaintext: bytes, purpose: str) -> bytes:
        """Encrypt under the deployment's key."""
        ...

    def decrypt(self, ciphertext: bytes, purpose: str) -> bytes:
        """Decrypt what `encrypt` made."""
        ...
