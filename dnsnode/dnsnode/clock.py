"""What time it is by the tables' clock, whatever the machine's own says.

Every response of the tables carries their time, in whole seconds (RFC 9110 §6.6.1). Between responses the monotonic
clock carries on, which no one sets. So answers expire, and leases end, by the clock that issuers share, and a wall
clock that is wrong or jumps is only told about. It serves where no response was ever dated.

The tables' time is known within bounds, and each bound is used where it errs on the safe side: an answer is dropped
when it has expired for certain, and a row never promises a lease that ends before the node's own does.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

DRIFT: Final = 0.0005
"""How far, in seconds a second, the monotonic clock may run from the tables'."""
TOLERANCE_SECONDS: Final = 0.25
"""By how much the machines behind the tables may differ among each other."""
CONFIRMATIONS: Final = 3
"""Dates in a row that must agree before they overrule what was known: one wrong clock of many is not believed."""

WALL_ERROR_SECONDS: Final = 2.0
"""How wrong the wall clock must be to be told, and by how much that must change to be told anew."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Between which limits the tables' epoch seconds less our monotonic ones lay at `at`."""

    low: float
    high: float
    at: float

    def widened(self, now: float) -> "_Bounds":
        drift = DRIFT * max(now - self.at, 0.0)
        return _Bounds(self.low - drift, self.high + drift, now)

    def narrowed(self, other: "_Bounds") -> "_Bounds | None":
        """Keep what both allow, None if that is nothing."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return _Bounds(low, high, other.at) if low <= high else None


class TableClock:
    """The tables' time; taught by the thread that calls them, asked by any."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._known: _Bounds | None = None
        self._doubt: _Bounds | None = None
        self._doubts = 0

    def learn(self, date_s: float, sent: float, received: float) -> None:
        """Take in a response dated `date_s` (epoch, whole seconds) to a request between two monotonic instants."""
        seen = _Bounds(date_s - TOLERANCE_SECONDS - received, date_s + 1 + TOLERANCE_SECONDS - sent, received)
        agreed = self._known.widened(received).narrowed(seen) if self._known else seen
        if agreed:
            self._known, self._doubt, self._doubts = agreed, None, 0
            return
        doubt = self._doubt.widened(received).narrowed(seen) if self._doubt else None
        self._doubts = self._doubts + 1 if doubt else 1
        self._doubt = doubt or seen
        if self._doubts >= CONFIRMATIONS:
            self._known, self._doubt, self._doubts = self._doubt, None, 0

    def earliest(self, now: float) -> float:
        """Give the epoch seconds that have come for certain at the monotonic instant `now`."""
        return now + self._known.widened(now).low if self._known else self._wall()

    def latest(self, now: float) -> float:
        """Give the epoch seconds that have not passed for certain at the monotonic instant `now`."""
        return now + self._known.widened(now).high if self._known else self._wall()

    def error_of_wall(self, now: float) -> float:
        """Tell by how many seconds the wall clock is ahead of the tables' (behind, if negative), to about a second."""
        return self._wall() - (self.earliest(now) + self.latest(now)) / 2 if self._known else 0.0


class WallWatch:
    """Finds words for a wall clock that is wrong, the same words while it is wrong by much the same."""

    def __init__(self, clock: TableClock) -> None:
        self._clock = clock
        self._told = 0.0

    def look(self, now: float) -> tuple[str, ...]:
        """Tell, at the monotonic instant `now`, what is wrong; logs what is new of it."""
        error = self._clock.error_of_wall(now)
        is_new = abs(error - self._told) > WALL_ERROR_SECONDS
        if is_new:
            self._told = error if abs(error) > WALL_ERROR_SECONDS else 0.0
        if not self._told:
            return ()
        direction = "ahead of" if self._told > 0 else "behind"
        problem = (
            f"clock: {abs(self._told):.0f} s {direction} the tables', whose time is used; set this machine's clock"
        )
        if is_new:
            _log.error("%s", problem)
        return (problem,)
