"""The fakes of tables and bucket, with an index of what is due that costs what is due, and somebody who watches."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Protocol

from certwright.domain.answer import Answer, Counter
from certwright.domain.certificate import Event, Work
from certwright.ports import Changes, IdempotencyKey, Managed, NotClaimed
from tests.fakes.answers import FakeAnswers
from tests.fakes.bucket import FakeBucket, FakeVersions
from tests.fakes.certificates import CertificateStore, FakeCertificates, FakeJobs


class Watcher(Protocol):
    """Is told of every write that a promise is about, right after it."""

    def claimed(self, certificate_id: str, before: Work) -> None:
        """A worker has claimed a certificate; `before` is what stood there."""

    def saved(self, changes: Changes, stored: Work) -> None:
        """A worker's save has landed."""

    def current_put(self, certificate_id: str, before: int, version: int, bundle: bytes) -> None:
        """The bundle readers fetch was replaced; `before` is the version that was there, 0 for none."""

    def published(self, answers: tuple[Answer, ...]) -> None:
        """Answers were put."""

    def removed(self, certificate_id: str) -> None:
        """A certificate is gone."""


@dataclass(slots=True)
class DueIndex:
    """Due times in order; reading costs what is read, as with the index it stands for. `reads` counts items."""

    on_earlier: Callable[[int], None] = lambda _due_at: None
    reads: int = 0
    _due: dict[str, int] = field(default_factory=dict)
    _heap: list[tuple[int, str]] = field(default_factory=list)

    def put(self, certificate_id: str, due_at: int) -> None:
        """Set when a certificate is due."""
        if self._due.get(certificate_id) != due_at:
            self._due[certificate_id] = due_at
            heappush(self._heap, (due_at, certificate_id))
            self.on_earlier(due_at)

    def drop(self, certificate_id: str) -> None:
        """Forget a certificate."""
        self._due.pop(certificate_id, None)

    def first(self) -> int | None:
        """Tell the earliest due time."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def list(self, now: int, limit: int) -> tuple[str, ...]:
        """List what is due, oldest first."""
        found: dict[str, int] = {}
        while len(found) < limit and (first := self.first()) is not None and first <= now:
            _, certificate_id = heappop(self._heap)
            found[certificate_id] = first
        for certificate_id, due_at in found.items():
            heappush(self._heap, (due_at, certificate_id))
        self.reads += len(found)
        return tuple(found)


@dataclass(slots=True)
class IndexedStore(CertificateStore):
    """The certificates table with its index."""

    due: DueIndex = field(default_factory=DueIndex)

    def put_work(self, work: Work) -> None:
        # Named in full: a dataclass with slots is made anew, and a bare super() would mean the one before.
        CertificateStore.put_work(self, work)
        self.due.put(work.id, work.due_at)


class IndexedCertificates(FakeCertificates):
    """A `Certificates`."""

    def __init__(self, store: IndexedStore) -> None:
        super().__init__(store)
        self._indexed = store

    def create(self, managed: Managed, event: Event, idempotency: IdempotencyKey | None) -> str:
        stored_id = super().create(managed, event, idempotency)
        self._indexed.due.put(stored_id, self._indexed.managed[stored_id].work.due_at)
        return stored_id


class WatchedJobs(FakeJobs):
    """A `Jobs`."""

    def __init__(self, store: IndexedStore, watcher: Watcher) -> None:
        super().__init__(store)
        self._indexed, self._watcher = store, watcher

    def claim(self, certificate_id: str, worker: str, now: int, lease_until: int) -> Managed | NotClaimed | None:
        before = self._indexed.managed.get(certificate_id)
        claimed = super().claim(certificate_id, worker, now, lease_until)
        if before and isinstance(claimed, Managed):
            self._watcher.claimed(certificate_id, before.work)
        return claimed

    def save(self, changes: Changes) -> Work:
        saved = super().save(changes)
        self._watcher.saved(changes, saved)
        return saved

    def remove(self, managed: Managed) -> None:
        super().remove(managed)
        self._indexed.due.drop(managed.desired.id)
        self._watcher.removed(managed.desired.id)

    def list_due(self, now: int, limit: int) -> tuple[str, ...]:
        return self._indexed.due.list(now, limit)


class WatchedVersions(FakeVersions):
    """A `Versions`."""

    def __init__(self, bucket: FakeBucket, watcher: Watcher) -> None:
        super().__init__(bucket)
        self._watcher = watcher

    def replace_current(self, certificate_id: str, version: int, etag: str, bundle: bytes, chain: bytes) -> str:
        before = self.describe_current(certificate_id)
        new_etag = super().replace_current(certificate_id, version, etag, bundle, chain)
        self._watcher.current_put(certificate_id, before.version if before else 0, version, bundle)
        return new_etag


class WatchedAnswers(FakeAnswers):
    """An `Answers`."""

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        self._watcher = watcher

    def publish(self, answers: Iterable[Answer]) -> dict[Counter, int]:
        given = tuple(answers)
        generations = dict(super().publish(given))
        self._watcher.published(given)
        return generations
