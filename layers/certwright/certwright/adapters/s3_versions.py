"""Certificates in S3: immutable versions, and one current bundle."""

from contextlib import suppress
from hashlib import sha256
from typing import Any

from certwright.adapters.s3_bucket import Bucket, ObjectHead, PreconditionFailed
from certwright.domain import storage_keys
from certwright.domain.errors import StaleRevision
from certwright.ports import StoredBundle

BUNDLE_TYPE = "application/x-pem-file"
CHAIN_TYPE = "application/pem-certificate-chain"
"""RFC 8555 §9.1."""
VERSION = "certificate-version"
CHAIN_DIGEST = "chain-sha256"


class S3Versions:
    """Fills in `ports.Versions` and `ports.KeptVersions`."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def keep(self, certificate_id: str, attempt: str, private_key: bytes, chain: bytes) -> None:
        """Put key and chain where there are none; what is there came of the same attempt."""
        with suppress(PreconditionFailed):
            self._bucket.put(build_keep(certificate_id, attempt, private_key, chain))

    def replace_current(self, certificate_id: str, version: int, etag: str, bundle: bytes, chain: bytes) -> str:
        """Put the bundle under its ETag, then the chain.

        Only who wins the bundle may write the chain: the other way round, a late worker would put back an older chain
        before it is refused. Between the two, a reader of the chain alone gets the one before, still whole.

        Where this very bundle is there already, a crash fell between the puts, or before its ETag was saved: the chain
        is put again and the ETag told.
        """
        try:
            new_etag = self._bucket.put(build_current_bundle(certificate_id, version, etag, bundle, chain))
        except PreconditionFailed as failed:
            head = self._bucket.head(storage_keys.current_bundle(certificate_id))
            if head is None or not is_same(head, version, chain):
                raise StaleRevision("Another bundle is current: load the certificate again.") from failed
            new_etag = head.etag
        self._bucket.put(build_current_chain(certificate_id, version, chain))
        return new_etag

    def describe_current(self, certificate_id: str) -> StoredBundle | None:
        """Read the metadata of the bundle."""
        head = self._bucket.head(storage_keys.current_bundle(certificate_id))
        return StoredBundle(int(head.metadata.get(VERSION, "0")), head.etag) if head else None

    def read_bundle(self, certificate_id: str) -> bytes | None:
        """Read one object."""
        return self._bucket.read(storage_keys.current_bundle(certificate_id))

    def read_version(self, certificate_id: str, attempt: str) -> bytes | None:
        """Read one object."""
        return self._bucket.read(storage_keys.version_bundle(certificate_id, attempt))

    def remove(self, certificate_id: str) -> None:
        """Delete everything under the certificate's prefixes, pending keys too."""
        for prefix in storage_keys.prefixes(certificate_id):
            self._bucket.delete_all(prefix)


def build_keep(certificate_id: str, attempt: str, private_key: bytes, chain: bytes) -> dict[str, Any]:
    """Build the put of an immutable version."""
    return {
        "Key": storage_keys.version_bundle(certificate_id, attempt),
        "Body": private_key + chain,
        "ContentType": BUNDLE_TYPE,
        "IfNoneMatch": "*",
    }


def build_current_bundle(certificate_id: str, version: int, etag: str, bundle: bytes, chain: bytes) -> dict[str, Any]:
    """Build the put of the current bundle, on the condition that nobody else has put one."""
    condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
    return {
        "Key": storage_keys.current_bundle(certificate_id),
        "Body": bundle,
        "ContentType": BUNDLE_TYPE,
        "Metadata": {VERSION: str(version), CHAIN_DIGEST: sha256(chain).hexdigest()},
        **condition,
    }


def build_current_chain(certificate_id: str, version: int, chain: bytes) -> dict[str, Any]:
    """Build the put of the chain without its key."""
    return {
        "Key": storage_keys.current_chain(certificate_id),
        "Body": chain,
        "ContentType": CHAIN_TYPE,
        "Metadata": {VERSION: str(version)},
    }


def is_same(head: ObjectHead, version: int, chain: bytes) -> bool:
    """Tell whether the current bundle is of this version and holds this chain, and so its key."""
    wanted = {VERSION: str(version), CHAIN_DIGEST: sha256(chain).hexdigest()}
    return all(head.metadata.get(name) == value for name, value in wanted.items())
