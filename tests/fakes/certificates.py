"""Certificates, jobs, holds and the overview in memory: four ports over one store, each call atomic."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field, replace
from threading import RLock

from certwright.domain.asked_renewal import AskedRenewal
from certwright.domain.certificate import ClosedAttempt, Desired, Event, Work
from certwright.domain.errors import InvalidRequest, NotFound, StaleRevision
from certwright.domain.history import deletion_event, event_to_write, summary_to_write
from certwright.domain.revocation import Revocation
from certwright.domain.shown import Hearer, Summary, summary
from certwright.ports import Changes, Holder, IdempotencyKey, Lateness, Managed, NotClaimed, Page

DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class _Remembered:
    request_hash: str
    certificate_id: str
    until: int


@dataclass(slots=True)
class CertificateStore:
    """What the fakes share; tests may look into it."""

    managed: dict[str, Managed] = field(default_factory=dict)
    summaries: dict[str, Summary] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    attempts: dict[str, list[ClosedAttempt]] = field(default_factory=dict)
    holds: dict[str, Holder] = field(default_factory=dict)
    remembered: dict[tuple[str, str], _Remembered] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def put_work(self, work: Work) -> None:
        """Replace the work of a stored certificate."""
        self.managed[work.id] = replace(self.managed[work.id], work=work)


class FakeCertificates:
    """A `Certificates`."""

    def __init__(self, store: CertificateStore) -> None:
        self._store = store

    def create(self, managed: Managed, event: Event, idempotency: IdempotencyKey | None) -> str:
        desired = managed.desired
        with self._store.lock:
            if idempotency:
                key = (desired.owner, idempotency.key)
                earlier = self._store.remembered.get(key)
                if earlier and earlier.until > event.at:
                    return _same_request(earlier, idempotency)
                self._store.remembered[key] = _Remembered(idempotency.request_hash, desired.id, event.at + DAY)
            self._store.managed[desired.id] = managed
            self._store.summaries[desired.id] = summary(desired, managed.work, event.at)
            self._store.events[desired.id] = [event]
            return desired.id

    def read(self, certificate_id: str) -> Managed | None:
        return self._store.managed.get(certificate_id)

    def list_summaries(self, owner: str, cursor: str, limit: int) -> Page:
        after = _decode_cursor(cursor) if cursor else None
        mine = [item for item in self._store.summaries.values() if item.owner == owner]
        ordered = sorted(mine, key=_position, reverse=True)
        rest = [item for item in ordered if after is None or _position(item) < after]
        items = tuple(rest[:limit])
        return Page(items, _encode_cursor(items[-1]) if len(rest) > limit else "")

    def wake(self, certificate_id: str, now: int, *, is_deleted: bool) -> None:
        with self._store.lock:
            managed = self._store.managed.get(certificate_id)
            if managed is None:
                raise NotFound("There is no such certificate.")
            work = managed.work
            due_at = work.due_at if work.claimed_by else min(work.due_at, now)
            self._store.put_work(replace(work, wake=work.wake + 1, due_at=due_at))
            if is_deleted and not managed.desired.is_deleted:
                self._mark_deleted(managed, now)

    def list_events(self, certificate_id: str, limit: int) -> tuple[Event, ...]:
        return tuple(self._store.events.get(certificate_id, [])[::-1][:limit])

    def _mark_deleted(self, managed: Managed, now: int) -> None:
        desired = replace(managed.desired, is_deleted=True)
        self._store.managed[desired.id] = replace(self._store.managed[desired.id], desired=desired)
        self._store.summaries[desired.id] = replace(self._store.summaries[desired.id], state="deleting")
        self._store.events[desired.id].append(deletion_event(desired, managed.work, now))


class FakeRevocations:
    """A `Revocations`."""

    def __init__(self, store: CertificateStore) -> None:
        self._store = store

    def ask(self, certificate_id: str, revocation: Revocation) -> None:
        with self._store.lock:
            managed = self._store.managed.get(certificate_id)
            if managed is None:
                raise NotFound("There is no such certificate.")
            desired = replace(managed.desired, revocations=(*managed.desired.revocations, revocation))
            self._store.managed[certificate_id] = replace(managed, desired=desired)


class FakeRenewals:
    """A `Renewals`."""

    def __init__(self, store: CertificateStore) -> None:
        self._store = store

    def ask(
        self, certificate_id: str, renewal: AskedRenewal, event: Event, instead_of: AskedRenewal | None = None
    ) -> None:
        with self._store.lock:
            managed = self._store.managed.get(certificate_id)
            if managed is None:
                raise NotFound("There is no such certificate.")
            if managed.desired.renewal != instead_of:
                raise StaleRevision("Another renewal was asked for at the same moment.")
            self._store.managed[certificate_id] = replace(managed, desired=replace(managed.desired, renewal=renewal))
            self._store.events[certificate_id].append(event)
            FakeCertificates(self._store).wake(certificate_id, event.at, is_deleted=False)

    def move(self, before: Managed, after: Desired, event: Event) -> None:
        store, certificate_id = self._store, after.id
        with store.lock:
            managed = store.managed.get(certificate_id)
            if managed is None:
                raise NotFound("There is no such certificate.")
            stands, read = managed.desired, before.desired
            if (stands.account, stands.renewal) != (read.account, read.renewal):
                raise StaleRevision("Somebody else has changed the certificate.")
            moved = replace(stands, account=after.account, profile=after.profile, cas=after.cas, renewal=after.renewal)
            store.managed[certificate_id] = replace(managed, desired=moved)
            accounts = tuple(wish.account for wish in after.cas)
            shown = store.summaries[certificate_id]
            is_asked = after.renewal and after.renewal != read.renewal
            leaving = after.renewal.moved_from if after.renewal and is_asked else shown.leaving
            store.summaries[certificate_id] = replace(shown, account=after.account, cas=accounts, leaving=leaving)
            store.events[certificate_id].append(event)
            FakeCertificates(store).wake(certificate_id, event.at, is_deleted=False)


class FakeAttempts:
    """An `Attempts`."""

    def __init__(self, store: CertificateStore) -> None:
        self._store = store

    def list_closed(self, certificate_id: str, limit: int) -> tuple[ClosedAttempt, ...]:
        closed = self._store.attempts.get(certificate_id, [])
        return tuple(sorted(closed, key=lambda item: item.attempt.started_at, reverse=True)[:limit])


class FakeJobs:
    """A `Jobs`."""

    def __init__(self, store: CertificateStore) -> None:
        self._store = store

    def claim(self, certificate_id: str, worker: str, now: int, lease_until: int) -> Managed | NotClaimed | None:
        with self._store.lock:
            managed = self._store.managed.get(certificate_id)
            if managed is None:
                return None
            work = managed.work
            if work.due_at > now:
                return NotClaimed(work.due_at, bool(work.claimed_by))
            claimed = replace(
                work,
                due_at=lease_until,
                claimed_by=worker,
                claims_since_save=work.claims_since_save + 1,
                revision=work.revision + 1,
            )
            self._store.put_work(claimed)
            return self._store.managed[certificate_id]

    def read_work(self, certificate_id: str) -> Managed | None:
        return self._store.managed.get(certificate_id)

    def save(self, changes: Changes) -> Work:
        before = changes.before
        with self._store.lock:
            stored = self._store.managed.get(before.id)
            if stored is None or not _may_save(stored.work, changes):
                raise StaleRevision("Another writer moved the certificate on.")
            saved = replace(
                changes.after,
                due_at=changes.after.due_at if changes.is_released else stored.work.due_at,
                revision=before.revision + 1,
                wake=before.wake,
                claimed_by="" if changes.is_released else before.claimed_by,
                claims_since_save=0,
            )
            self._store.put_work(replace(saved, wake=stored.work.wake))
            self._land_with(changes)
            return saved

    def remove(self, managed: Managed) -> None:
        with self._store.lock:
            stored = self._store.managed.get(managed.desired.id)
            if stored is None or stored.work.revision != managed.work.revision:
                raise StaleRevision("Another writer moved the certificate on.")
            del self._store.managed[managed.desired.id]
            del self._store.summaries[managed.desired.id]

    def list_due(self, now: int, limit: int) -> tuple[str, ...]:
        due = [item.work for item in self._store.managed.values() if item.work.due_at <= now]
        return tuple(work.id for work in sorted(due, key=lambda work: work.due_at)[:limit])

    def _land_with(self, changes: Changes) -> None:
        store, desired = self._store, changes.desired
        parts = (desired, changes.before, changes.after, changes.now)
        if shown := summary_to_write(*parts):
            store.summaries[desired.id] = shown
        if event := event_to_write(*parts):
            store.events[desired.id].append(event)
        if changes.closed:
            store.attempts.setdefault(desired.id, []).append(changes.closed)
        if changes.takes_hold and changes.after.attempt:
            store.holds.setdefault(changes.takes_hold, Holder(desired.id, changes.after.attempt.id))
        holder = store.holds.get(changes.drops_hold)
        if holder and holder.certificate == desired.id:
            del store.holds[changes.drops_hold]


class FakeOverview:
    """An `Overview`."""

    def __init__(self, store: CertificateStore) -> None:
        self._store = store

    def oldest_due(self) -> int | None:
        return min((managed.work.due_at for managed in self._store.managed.values()), default=None)

    def list_by_lateness(self, hearer: Hearer, limit: int) -> tuple[Lateness, ...]:
        found = [item for item in self._store.summaries.values() if item.late_for is hearer]
        return tuple(Lateness(item.id, item.late_at) for item in sorted(found, key=lambda item: item.late_at)[:limit])

    def read_summary(self, certificate_id: str) -> Summary | None:
        return self._store.summaries.get(certificate_id)


class FakeHolds:
    """A `Holds`."""

    def __init__(self, store: CertificateStore) -> None:
        self._store = store

    def read(self, key: str) -> Holder | None:
        return self._store.holds.get(key)

    def take(self, key: str, holder: Holder, instead_of: Holder | None = None) -> Holder:
        with self._store.lock:
            held = self._store.holds.get(key)
            if held is None or held == instead_of:
                self._store.holds[key] = holder
            return self._store.holds[key]


def _may_save(stored: Work, changes: Changes) -> bool:
    before = changes.before
    is_mine = stored.revision == before.revision and stored.claimed_by == before.claimed_by != ""
    return is_mine and (not changes.is_released or stored.wake == before.wake)


def _same_request(earlier: _Remembered, idempotency: IdempotencyKey) -> str:
    if earlier.request_hash != idempotency.request_hash:
        raise InvalidRequest(
            "This key came with another request before.", field="Idempotency-Key", code="idempotency-key-reused"
        )
    return earlier.certificate_id


def _position(item: Summary) -> tuple[int, str]:
    return item.created_at, item.id


def _encode_cursor(item: Summary) -> str:
    return urlsafe_b64encode(f"{item.created_at}.{item.id}".encode()).decode()


def _decode_cursor(cursor: str) -> tuple[int, str]:
    try:
        created_at, _, certificate_id = urlsafe_b64decode(cursor).decode().partition(".")
        if len(created_at) > 16 or not 0 < len(certificate_id) <= 64:
            raise ValueError(cursor)
        return int(created_at), certificate_id
    except (Base64Error, ValueError) as error:
        raise InvalidRequest("Use a cursor as it was given.", field="cursor") from error
