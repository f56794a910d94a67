"""The bucket in memory, with pending keys and versions in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from threading import RLock

from certwright.domain import storage_keys
from certwright.domain.errors import NotFound, StaleRevision
from certwright.ports import StoredBundle


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object; `version` is its metadata `certificate-version`, 0 where it has none."""

    body: bytes
    etag: str
    version: int = 0


@dataclass(slots=True)
class FakeBucket:
    """What the two fakes share; tests may look into it."""

    objects: dict[str, StoredObject] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
    _etags: Iterator[int] = field(default_factory=lambda: count(1))

    def put(self, key: str, body: bytes, version: int = 0) -> str:
        """Store an object and return its ETag."""
        etag = f'"{next(self._etags):032x}"'
        self.objects[key] = StoredObject(body, etag, version)
        return etag

    def read(self, key: str) -> bytes | None:
        """Read an object's content."""
        stored = self.objects.get(key)
        return stored.body if stored else None


class FakePendingKeys:
    """A `PendingKeys`."""

    def __init__(self, bucket: FakeBucket) -> None:
        self._bucket = bucket

    def keep(self, certificate_id: str, attempt: str, private_key: bytes) -> None:
        self._bucket.put(storage_keys.pending_key(certificate_id, attempt), private_key)

    def read(self, certificate_id: str, attempt: str) -> bytes:
        private_key = self._bucket.read(storage_keys.pending_key(certificate_id, attempt))
        if private_key is None:
            raise NotFound(f"The private key of attempt {attempt} is not there.")
        return private_key


class FakeVersions:
    """A `Versions` and a `KeptVersions`."""

    def __init__(self, bucket: FakeBucket) -> None:
        self._bucket = bucket

    def keep(self, certificate_id: str, attempt: str, private_key: bytes, chain: bytes) -> None:
        key = storage_keys.version_bundle(certificate_id, attempt)
        with self._bucket.lock:
            if key not in self._bucket.objects:
                self._bucket.put(key, private_key + chain)

    def replace_current(self, certificate_id: str, version: int, etag: str, bundle: bytes, chain: bytes) -> str:
        key = storage_keys.current_bundle(certificate_id)
        with self._bucket.lock:
            stored = self._bucket.objects.get(key)
            if stored and (stored.version, stored.body) == (version, bundle):
                new_etag = stored.etag
            elif (stored.etag if stored else "") != etag:
                raise StaleRevision("Another bundle is current.")
            else:
                new_etag = self._bucket.put(key, bundle, version)
            self._bucket.put(storage_keys.current_chain(certificate_id), chain, version)
            return new_etag

    def describe_current(self, certificate_id: str) -> StoredBundle | None:
        stored = self._bucket.objects.get(storage_keys.current_bundle(certificate_id))
        return StoredBundle(stored.version, stored.etag) if stored else None

    def read_bundle(self, certificate_id: str) -> bytes | None:
        return self._bucket.read(storage_keys.current_bundle(certificate_id))

    def read_version(self, certificate_id: str, attempt: str) -> bytes | None:
        return self._bucket.read(storage_keys.version_bundle(certificate_id, attempt))

    def remove(self, certificate_id: str) -> None:
        for key in list(self._bucket.objects):
            if key.startswith(storage_keys.prefixes(certificate_id)):
                del self._bucket.objects[key]
