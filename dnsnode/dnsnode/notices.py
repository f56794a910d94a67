"""How many polls notices may bring about: anybody can send them, and each poll costs a read."""

from typing import Final

MOST_AT_ONCE: Final = 10


class Notices:
    """Heeds a burst of notices, then one for each `seconds`, the time between polls.

    So a node that is flooded with them polls at most twice as often as one that hears of none.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._paid_until = 0.0

    def take(self, now: float) -> bool:
        """Tell whether a notice at `now` (monotonic, seconds) is heeded."""
        paid_until = max(self._paid_until, now - MOST_AT_ONCE * self._seconds)
        if paid_until + self._seconds > now:
            return False
        self._paid_until = paid_until + self._seconds
        return True
