"""The promises, checked after every write they are about, and once an hour for those about time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from certwright.domain.answer import Answer
from certwright.domain.certificate import Attempt, Current, Desired, Work
from certwright.domain.renewal import DAY, HOUR, MINUTE, look_again_after
from certwright.flows.attempts import hold_key
from certwright.ports import Changes, Keys, Managed, StoredBundle
from tests.simulation.keys import split_bundle
from tests.simulation.scenario import Wish

PROMPT = 20 * MINUTE
"""What a certificate without trouble of its own may take, beside the look that finds its records."""
PATIENT = 30 * HOUR
"""What one with trouble behind it may take: backing off ends within a day."""
FARTHEST_DUE = 8 * DAY
OLDEST_DUE = 20 * MINUTE
ANSWERS_LAST = 2 * HOUR
SKEW = 10_000


class Violation(AssertionError):
    """A promise was broken; `promise` names it, the message says how."""

    def __init__(self, promise: str, story: str) -> None:
        super().__init__(promise, story)
        self.promise = promise

    def __str__(self) -> str:
        return ": ".join(self.args)


class Town(Protocol):
    """What the watch looks at."""

    @property
    def now(self) -> int:
        """The true time."""

    @property
    def wishes(self) -> dict[str, Wish]:
        """Who asked for each certificate."""

    @property
    def managed(self) -> dict[str, Managed]:
        """All certificates as stored."""

    def served(self) -> Iterable[Answer]:
        """The answers that stand in the table."""

    def current(self, certificate_id: str) -> StoredBundle | None:
        """What readers fetch."""

    def is_troubled(self, wish: Wish) -> bool:
        """Tell whether something stands in a certificate's way that time or its owner must mend."""

    def oldest_due(self) -> int | None:
        """The earliest due time."""

    def is_at_rest(self) -> bool:
        """Tell whether tables or queue refuse work."""

    def ca_wants_back_at(self) -> int:
        """Until when the CA asked to be left alone, the longest it ever did."""


@dataclass(slots=True)
class Health:
    """How long a certificate has been without trouble; until `excused_until` it waits because the CA asked for it."""

    good_since: int | None = None
    is_unblemished: bool = True
    excused_until: int = 0


@dataclass(slots=True)
class Watch:
    """Keeps what the promises need to know."""

    town: Town
    keys: Keys
    health: dict[str, Health] = field(default_factory=dict)
    in_flight: dict[str, str] = field(default_factory=dict)
    started: dict[str, int] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    late_answers: set[str] = field(default_factory=set)
    rested_at: int = 0
    is_resting: bool = False

    def saved(self, changes: Changes, stored: Work) -> None:
        """Check a worker's save."""
        now, before, after = self.town.now, changes.before, changes.after
        if changes.is_released and not (now - DAY < stored.due_at <= now + FARTHEST_DUE and stored.reason):
            raise Violation("due", f"{stored.id} waits until {stored.due_at} for “{stored.reason}”")
        if after.attempt:
            self.started[after.attempt.id] = after.attempt.started_at
        if changes.closed:
            self._check_withdrawn(changes.closed.attempt)
        if after.current and after.current != before.current:
            self._check_current(changes.desired, after.current, before.current)
        if changes.desired.dry_run_of and after.current:
            raise Violation("dry run", f"{stored.id} is a dry run and has version {after.current.version}")
        health = self.health.setdefault(stored.id, Health())
        if stored.reason == "stuck":
            health.is_unblemished = False
        if after.current is None or after.refused_replaces == after.current.ari_id:
            # What was never issued can't lapse: there the CA is obeyed, however long it asks to wait. A renewal that it
            # would not take as one stands in line as the first did, for an eighth of what is left at most.
            health.excused_until = max(after.retry_at, *(place.at for place in after.places), 0)
        else:
            health.excused_until = min(after.retry_at, self.town.ca_wants_back_at())
        self._check_in_flight(changes.desired, after.attempt)

    def claimed(self, certificate_id: str, before: Work) -> None:
        """Check that a worker took over what was free, by any clock that is about right."""
        if before.claimed_by and before.due_at > self.town.now + SKEW:
            raise Violation("lease", f"{certificate_id} was taken from {before.claimed_by} before its lease ended")

    def current_put(self, certificate_id: str, before: int, version: int, bundle: bytes) -> None:
        """Check what readers get from now on."""
        key, chain = split_bundle(bundle)
        if (asked := self.town.managed.get(certificate_id)) and asked.desired.dry_run_of:
            raise Violation("dry run", f"{certificate_id} is a dry run and got a bundle")
        leaf, managed = self.keys.read_leaf(chain), self.town.managed.get(certificate_id)
        if self.keys.public_key(key) != leaf.public_key:
            raise Violation("key", f"{certificate_id} got a bundle whose key is not its leaf's")
        saved = managed.work.current if managed else None
        if version < before or (saved and saved.version >= version and saved.serial != leaf.serial):
            raise Violation("current", f"{certificate_id} went back to version {version}")

    def published(self, answers: tuple[Answer, ...]) -> None:
        """Check that answers end by themselves, whoever publishes them."""
        for answer in answers:
            started = self.started.get(answer.attempt)
            if started is None or answer.expires_at * 1000 > started + ANSWERS_LAST + SKEW:
                raise Violation("answers", f"{answer.attempt} published until {answer.expires_at}")
            if answer.attempt in self.closed:
                self.late_answers.add(answer.attempt)

    def removed(self, certificate_id: str) -> None:
        """Forget a certificate, and see that nothing of it is left."""
        self.in_flight = {key: held for key, held in self.in_flight.items() if held != certificate_id}
        self.health.pop(certificate_id, None)
        self.town.wishes.pop(certificate_id, None)

    def refresh(self) -> None:
        """Note who has trouble now, and who no longer has; and that tables or queue refuse work, or did until now."""
        if self.is_resting:
            self.rested_at = self.town.now
        self.is_resting = self.town.is_at_rest()
        for certificate_id in self.town.wishes:
            self.refresh_one(certificate_id)

    def refresh_one(self, certificate_id: str) -> None:
        """Note whether one certificate has trouble now."""
        wish, health = self.town.wishes[certificate_id], self.health.setdefault(certificate_id, Health())
        if self.town.is_troubled(wish):
            is_new = self.town.now < wish.has_records_from and health.good_since is None
            health.is_unblemished = health.is_unblemished and is_new
            health.good_since = None
        elif health.good_since is None:
            health.good_since = self.town.now

    def look(self) -> None:
        """Check the promises about time."""
        now, oldest = self.town.now, self.town.oldest_due()
        if self.town.is_at_rest():
            self.rested_at = now
        if oldest is not None and now - max(oldest, self.rested_at) > OLDEST_DUE + 2 * HOUR * bool(self.rested_at):
            raise Violation("left due", f"a certificate has been due since {oldest}")
        for certificate_id, wish in self.town.wishes.items():
            managed = self.town.managed[certificate_id]
            self._check_what_stands(managed)
            self._check_prompt(managed.work, managed.desired, wish)
        for answer in self.town.served():
            is_left = answer.attempt in self.closed and answer.attempt not in self.late_answers
            if is_left and answer.expires_at * 1000 > now:
                raise Violation("answers", f"{answer.attempt} is closed and still answered for")

    def _check_withdrawn(self, attempt: Attempt) -> None:
        self.closed.add(attempt.id)
        if any(answer.attempt == attempt.id for answer in self.town.served()) and not self.late_answers:
            raise Violation("answers", f"{attempt.id} was closed while it is answered for")

    def _check_current(self, desired: Desired, current: Current, before: Current | None) -> None:
        wish = self.town.wishes[desired.id]
        if wish.is_theft or set(current.names) != set(desired.names):
            raise Violation("names", f"{desired.id} of {desired.owner} got {current.names}")
        if current.version != (before.version + 1 if before else 1):
            raise Violation("current", f"{desired.id} saved version {current.version} after {before}")
        found = self.town.current(desired.id)
        if found is None or found.etag != current.etag:
            raise Violation("current", f"{desired.id} saved a version that readers do not get")
        self._check_prompt(self.town.managed[desired.id].work if before else None, desired, wish)

    def _check_in_flight(self, desired: Desired, attempt: Attempt | None) -> None:
        is_open = attempt is not None and attempt.order_url and not attempt.is_over
        if not is_open and desired.id not in self.in_flight.values():
            return
        key = hold_key(desired)
        other = self.in_flight.get(key)
        if not is_open:
            if other == desired.id:
                del self.in_flight[key]
        elif other not in (None, desired.id):
            raise Violation("in flight", f"{desired.id} and {other} order the same names at once")
        else:
            self.in_flight[key] = desired.id

    def _check_what_stands(self, managed: Managed) -> None:
        current, certificate_id = managed.work.current, managed.desired.id
        if current is None or managed.desired.is_deleted:
            return
        found = self.town.current(certificate_id)
        is_saved = found == StoredBundle(current.version, current.etag)
        # An attempt that crashed after its put and then came to nothing leaves its bundle, newer and whole.
        is_ahead = found is not None and found.version == current.version + 1
        if managed.work.attempt is None and not is_saved and not is_ahead:
            raise Violation("current", f"{certificate_id} has saved {current.version}, readers get {found}")
        if managed.work.renew_at >= current.not_after:
            raise Violation("lapse", f"{certificate_id} is to be renewed after its end")

    def _check_prompt(self, work: Work | None, desired: Desired, wish: Wish) -> None:
        """See that nothing waits without cause; `work` as before the version just stored, None before the first."""
        now, current, health = self.town.now, work.current if work else None, self.health[desired.id]
        if health.good_since is None or wish.is_theft or wish.is_dry_run:
            return
        needed_at = min(work.renew_at, current.not_after) if work and current else wish.asked
        is_lapsed = current is not None and current.not_after <= now
        waited = now - max(needed_at, health.good_since, 0 if is_lapsed else health.excused_until)
        if waited > self._patience(wish, health, is_first=current is None):
            story = f"{desired.id} ({', '.join(desired.names)}) waits {waited // MINUTE} minutes without cause"
            raise Violation("lapse" if is_lapsed else "prompt", f"{story}: {work.reason if work else 'first'}")

    def _patience(self, wish: Wish, health: Health, *, is_first: bool) -> int:
        looks = look_again_after((health.good_since or wish.asked) - wish.asked)
        if wish.is_calm and health.is_unblemished and is_first:
            return PROMPT + looks
        return PATIENT + looks
