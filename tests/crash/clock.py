"""A clock that stands still but when it is moved; while it moves, the CA does all that it was asked for."""

import time
from collections.abc import Callable

from tests.support.workshop import MovableClock

AHEAD_SECONDS = 60


class StandingClock(MovableClock):
    """Virtual time, which begins ahead of the CA's: Retry-After as a date has then passed, as seconds it is short."""

    def __init__(self, settle: Callable[[], None]) -> None:
        super().__init__(-AHEAD_SECONDS)
        self._settle = settle
        self.restart()

    def restart(self) -> None:
        """Begin again, not long before now."""
        self._now = int((time.time() + AHEAD_SECONDS) * 1000)

    def now(self) -> int:
        """Tell the time in epoch milliseconds."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move on, once the CA has done what it was asked for."""
        self._settle()
        self._now += max(1, round(seconds * 1000))
