"""The generation protocol on the node's side: what to load, what to acknowledge, and for how long to serve.

All of it is decided here, without I/O; whoever drives it does, over and over:

1. read the generations, noting the instant before the read      `on_generations` says which counters to load
2. load each of these, hand the changes to the workers            `on_loaded`
3. learn what the workers have swapped in                         `on_applied`
4. write the row when one is due                                  `build_heartbeat`, then `on_landed`
5. give the workers the lease, after the changes                  `lease`, then `on_lease_sent`

Acknowledged is the generation that was read *before* the partition was: what moved meanwhile is loaded the next time.

The node serves under the lease it last wrote. While that lease runs, the issuer waits for this node. After it has ended
the issuer may have gone on alone, so a node that comes back, like one that starts, must first write its row and then
complete a read begun after that; only then may it answer (`is_joined`). Until its workers do answer, its row
acknowledges nothing: acknowledged means served.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from certwright.domain.answer import SHARDS, Counter, Generations, NodeRow
from dnsnode.lease import BLIND_SECONDS, NONE, Lease

LEASE_SECONDS: Final = 60.0
HEARTBEAT_SECONDS: Final = 10.0
"""Between rows when nothing changes."""
BAD_RETRY_SECONDS: Final = 10.0
"""Between looks at a partition that holds a bad item: it may be mended without a bump."""
COUNTERS: Final[tuple[Counter, ...]] = (*range(SHARDS), "zones")
_MOST_PROBLEMS: Final = 20
"""Problems told in a row; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Instant:
    """One instant on both clocks: epoch milliseconds, and seconds of the monotonic clock."""

    wall_ms: int
    monotonic: float


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A row to write, and until when (monotonic) this node may answer once it is written."""

    row: NodeRow
    answers_until: float
    built_at: float


@dataclass(frozen=True, slots=True)
class _Swap:
    """A generation that is served once the workers have applied `number`."""

    number: int
    counter: Counter
    generation: int


class Replica:
    """One node's knowledge of the tables."""

    def __init__(self, task: str, started: Instant, counters: Sequence[Counter] = COUNTERS) -> None:
        self._task = task
        self._started = started
        self._counters = tuple(counters)
        self._read: tuple[Generations, Instant] = (Generations(), started)
        self._loaded: dict[Counter, int] = {}
        self._behind: set[Counter] = set(counters)
        self._bad: dict[Counter, tuple[tuple[str, ...], float]] = {}
        self._swaps: deque[_Swap] = deque()
        self._acks: dict[Counter, int] = dict.fromkeys(counters, 0)
        self._complete: Instant | None = None
        self.landed: Heartbeat | None = None
        self._answers_until = NONE.answers_until
        self._registered_at: float | None = None
        self._answering_from: int | None = None
        self._is_answering = False

    # ------------------------------------------------------------------ loading

    def on_generations(self, read: Generations, started: Instant) -> tuple[Counter, ...]:
        """Take in a strong read begun at `started`; returns the counters whose partitions must be loaded now."""
        self._read = (read, started)
        self._behind = {
            counter
            for counter in self._counters
            if self._loaded.get(counter) != read[counter] or self._is_bad_retry_due(counter, started.monotonic)
        }
        self._note_completeness()
        return tuple(counter for counter in self._counters if counter in self._behind)

    def on_loaded(self, counter: Counter, number: int, problems: Sequence[str]) -> None:
        """Note that a partition was read after the last generations were, and its changes sent under `number`.

        With problems, items that had to be skipped, the partition is served but not acknowledged.
        """
        read, started = self._read
        self._loaded[counter] = read[counter]
        self._behind.discard(counter)
        if problems:
            self._bad[counter] = (tuple(problems), started.monotonic + BAD_RETRY_SECONDS)
        else:
            self._bad.pop(counter, None)
            self._swaps.append(_Swap(number, counter, read[counter]))
        self._note_completeness()

    def on_applied(self, number: int) -> None:
        """Note that every worker serves all that was sent up to `number`."""
        while self._swaps and self._swaps[0].number <= number:
            swap = self._swaps.popleft()
            self._acks[swap.counter] = swap.generation
        if self._answering_from is not None and number >= self._answering_from:
            self._is_answering = True

    def _is_bad_retry_due(self, counter: Counter, now: float) -> bool:
        return counter in self._bad and now >= self._bad[counter][1]

    def _note_completeness(self) -> None:
        """A read counts once all that it showed to have moved is loaded."""
        if self._behind:
            return
        self._complete = self._read[1]
        if self._registered_at is not None and self._complete.monotonic >= self._registered_at and self.landed:
            self._registered_at = None
            self._answers_until = self.landed.answers_until

    # ------------------------------------------------------------------ acknowledging

    def build_heartbeat(self, now: Instant) -> Heartbeat | None:
        """Build the row if one is due: something changed, or the last one is old. None before all was loaded once."""
        if self._complete is None:
            return None
        if now.monotonic >= self._answers_until:
            self._is_answering, self._answering_from = False, None
        row = NodeRow(
            task=self._task,
            acks=self._current_acks(),
            lease_until=self._complete.wall_ms + int(LEASE_SECONDS * 1000),
            problems=self._problems(),
            started_at=self._started.wall_ms,
        )
        last = self.landed
        is_news = last is None or (row.acks, row.problems) != (last.row.acks, last.row.problems)
        if last and not is_news and now.monotonic < last.built_at + HEARTBEAT_SECONDS:
            return None
        return Heartbeat(row, self._complete.monotonic + LEASE_SECONDS, now.monotonic)

    def on_landed(self, heartbeat: Heartbeat, now: Instant) -> None:
        """Note that a row was written, as seen at `now`; one whose writing is in doubt has not landed."""
        is_awaited = self.landed is not None and now.monotonic < self.landed.answers_until
        self.landed = heartbeat
        if now.monotonic < self._answers_until:
            self._answers_until = heartbeat.answers_until
        elif self._registered_at in (None, inf) or not is_awaited:
            is_registration = heartbeat.row.acks == Generations()  # else it was built before the lease ended
            self._registered_at = now.monotonic if is_registration else inf
            self._is_answering, self._answering_from = False, None

    def _problems(self) -> tuple[str, ...]:
        found = [problem for problems, _ in self._bad.values() for problem in problems]
        more = len(found) - _MOST_PROBLEMS
        return (*found[:_MOST_PROBLEMS], *([f"{more} more"] if more > 0 else []))

    # ------------------------------------------------------------------ serving

    @property
    def lease(self) -> Lease:
        """The lease to serve under."""
        if self._complete is None:
            return NONE
        denials_until = self._complete.monotonic + BLIND_SECONDS
        return Lease(min(denials_until, self._answers_until), self._answers_until)

    def on_lease_sent(self, number: int) -> None:
        """Note that the workers were sent the lease under `number`, after all changes that were loaded."""
        if self.is_joined and self._answering_from is None:
            self._answering_from = number

    @property
    def is_joined(self) -> bool:
        """Whether a read begun after the row was written is complete."""
        return self.landed is not None and self._registered_at is None

    @property
    def is_caught_up(self) -> bool:
        """Whether all that is loaded is applied, and acknowledged in a row that landed."""
        is_told = self.landed is not None and self.landed.row.acks == self._current_acks()
        return self._is_answering and not self._swaps and is_told

    @property
    def has_swaps(self) -> bool:
        """Whether the workers have yet to apply something."""
        return bool(self._swaps)

    def _current_acks(self) -> Generations:
        if not self._is_answering:
            return Generations()
        shards = tuple(self._acks.get(number, 0) for number in range(SHARDS))
        return Generations(shards, self._acks.get("zones", 0))
