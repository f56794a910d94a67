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

All is counted on the monotonic clock. The row tells the lease's end by the tables' clock, as it is known when the row
is built; should that clock be set back, the next row may tell an earlier end. So it is the count of rows, and no time,
that keeps a late write from replacing a newer one.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from certwright.domain.answer import SHARDS, Counter, Generations, NodeRow
from dnsnode.lease import BLIND_SECONDS, NONE, Lease
from dnsnode.metrics import Standing

COUNTERS: Final[tuple[Counter, ...]] = (*range(SHARDS), "zones")
_MOST_PROBLEMS: Final = 20
"""Problems told in a row; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a node serves without news of the tables, and how often it gives news of itself, in seconds."""

    lease_seconds: float = 60.0
    blind_seconds: float = BLIND_SECONDS
    heartbeat_seconds: float = 10.0
    """Between rows when nothing changes."""
    bad_retry_seconds: float = 10.0
    """Between looks at a partition that holds a bad item: it may be mended without a bump."""


TERMS: Final = Terms()


@dataclass(frozen=True, slots=True)
class Instant:
    """One instant on both clocks: epoch milliseconds by the tables', and seconds of the monotonic clock."""

    epoch_ms: int
    monotonic: float

    def epoch_ms_of(self, monotonic: float) -> int:
        """Tell what the tables' clock shows at another instant of the monotonic one."""
        return self.epoch_ms + round((monotonic - self.monotonic) * 1000)


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

    def __init__(self, task: str, started: float, counters: Sequence[Counter] = COUNTERS, terms: Terms = TERMS) -> None:
        self._task = task
        self._started = started
        self._counters = tuple(counters)
        self._terms = terms
        self._beats = 0
        self._read: tuple[Generations, float] = (Generations(), started)
        self._loaded: dict[Counter, int] = {}
        self._behind: set[Counter] = set(counters)
        self._bad: dict[Counter, tuple[tuple[str, ...], float]] = {}
        self._swaps: deque[_Swap] = deque()
        self._acks: dict[Counter, int] = dict.fromkeys(counters, 0)
        self._complete: float | None = None
        self.landed: Heartbeat | None = None
        self._answers_until = NONE.answers_until
        self._registered_at: float | None = None
        self._answering_from: int | None = None
        self._is_answering = False

    # ------------------------------------------------------------------ loading

    def on_generations(self, read: Generations, started: float) -> tuple[Counter, ...]:
        """Take in a strong read begun at `started`; returns the counters whose partitions must be loaded now."""
        self._read = (read, started)
        self._behind = {
            counter
            for counter in self._counters
            if self._loaded.get(counter) != read[counter] or self._is_bad_retry_due(counter, started)
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
            self._bad[counter] = (tuple(problems), started + self._terms.bad_retry_seconds)
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
        if self._registered_at is not None and self._complete >= self._registered_at and self.landed:
            self._registered_at = None
            self._answers_until = self.landed.answers_until

    # ------------------------------------------------------------------ acknowledging

    def build_heartbeat(self, now: Instant, problems: Sequence[str] = ()) -> Heartbeat | None:
        """Build the row if one is due: something changed, or the last one is old. None before all was loaded once.

        `problems` are told with those of the items.
        """
        if self._complete is None:
            return None
        if now.monotonic >= self._answers_until:
            self._is_answering, self._answering_from = False, None
        row = NodeRow(
            task=self._task,
            acks=self._current_acks(),
            lease_until=now.epoch_ms_of(self._complete + self._terms.lease_seconds),
            problems=(*problems, *self._problems()),
            started_at=now.epoch_ms_of(self._started),
            beat=self._beats + 1,
        )
        last = self.landed
        is_news = last is None or (row.acks, row.problems) != (last.row.acks, last.row.problems)
        if last and not is_news and now.monotonic < last.built_at + self._terms.heartbeat_seconds:
            return None
        self._beats += 1
        return Heartbeat(row, self._complete + self._terms.lease_seconds, now.monotonic)

    def on_landed(self, heartbeat: Heartbeat, now: float) -> None:
        """Note that a row was written, as seen at `now`; one whose writing is in doubt has not landed."""
        is_awaited = self.landed is not None and now < self.landed.answers_until
        self.landed = heartbeat
        if now < self._answers_until:
            self._answers_until = heartbeat.answers_until
        elif self._registered_at in (None, inf) or not is_awaited:
            is_registration = heartbeat.row.acks == Generations()  # else it was built before the lease ended
            self._registered_at = now if is_registration else inf
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
        denials_until = self._complete + self._terms.blind_seconds
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

    def standing(self, now: float) -> Standing:
        """Tell how far this node keeps up, at the monotonic instant `now`."""
        acks, read = self._current_acks(), self._read[0]
        return Standing(
            age_seconds=None if self._complete is None else now - self._complete,
            lag=sum(acks[counter] != read[counter] for counter in self._counters),
            skipped=sum(len(problems) for problems, _ in self._bad.values()),
        )

    @property
    def has_swaps(self) -> bool:
        """Whether the workers have yet to apply something."""
        return bool(self._swaps)

    def _current_acks(self) -> Generations:
        if not self._is_answering:
            return Generations()
        shards = tuple(self._acks.get(number, 0) for number in range(SHARDS))
        return Generations(shards, self._acks.get("zones", 0))
