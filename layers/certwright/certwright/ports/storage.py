"""The bucket: pending keys, versions, and what is current."""

from dataclasses import dataclass
from typing import Protocol


class PendingKeys(Protocol):
    """Private keys of attempts, kept before the order is placed."""

    def keep(self, certificate_id: str, attempt: str, private_key: bytes) -> None:
        """Store the key of an attempt, encrypted."""
        ...

    def read(self, certificate_id: str, attempt: str) -> bytes:
        """Read the key of an attempt; `NotFound` when it is not there."""
        ...


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """Which version `current` holds, by its own account."""

    version: int
    etag: str


class KeptVersions(Protocol):
    """All versions of certificates, by the attempts they came from."""

    def read_version(self, certificate_id: str, attempt: str) -> bytes | None:
        """Read key and chain of a version as PEM, None where there is none."""
        ...


class Versions(Protocol):
    """Certificates in S3: immutable versions, and one current bundle."""

    def keep(self, certificate_id: str, attempt: str, private_key: bytes, chain: bytes) -> None:
        """Store a version under its attempt; the same again is harmless."""
        ...

    def replace_current(self, certificate_id: str, version: int, etag: str, bundle: bytes, chain: bytes) -> str:
        """Replace the bundle that has this ETag (empty: there is none yet) and return the new one.

        Raises `StaleRevision` when another bundle is there.
        """
        ...

    def describe_current(self, certificate_id: str) -> StoredBundle | None:
        """Tell what `current` holds, None when there is nothing."""
        ...

    def read_bundle(self, certificate_id: str) -> bytes | None:
        """Read key and chain of the current version as PEM, one object."""
        ...

    def remove(self, certificate_id: str) -> None:
        """Delete every object of a certificate."""
        ...
