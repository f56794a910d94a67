"""Clocks of workers: they go by virtual time, each off by something of its own."""

from certwright.domain.renewal import SECOND
from tests.simulation.schedule import Schedule


class SimulatedClock:
    """A `Clock` that is `skew` milliseconds ahead; sleeping lets others go on."""

    def __init__(self, schedule: Schedule, skew: int = 0) -> None:
        self._schedule, self.skew = schedule, skew

    def now(self) -> int:
        return self._schedule.now + self.skew

    def sleep(self, seconds: float) -> None:
        self._schedule.pause(round(min(max(seconds, 0.0), 2.0) * SECOND))
