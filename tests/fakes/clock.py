"""A clock that only moves when it is told to, or slept on."""

from threading import Lock

START = 1_800_000_000_000
"""The instant fake clocks start at, in epoch milliseconds."""


class FakeClock:
    """A `Clock`; sleeping moves it on at once, and `slept` sums the seconds."""

    def __init__(self, now: int = START) -> None:
        self._now = now
        self._lock = Lock()
        self.slept = 0.0

    def now(self) -> int:
        return self._now

    def sleep(self, seconds: float) -> None:
        slept = min(max(seconds, 0.0), 2.0)
        with self._lock:
            self.slept += slept
            self._now += round(slept * 1000)

    def advance(self, *, seconds: float = 0.0, milliseconds: int = 0) -> None:
        """Move on by hand."""
        with self._lock:
            self._now += round(seconds * 1000) + milliseconds
