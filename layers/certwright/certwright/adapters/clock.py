"""The wall clock."""

import time

MAX_SLEEP_SECONDS = 2.0


class SystemClock:
    """Fills in `ports.Clock`."""

    def now(self) -> int:
        """Read the clock in epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def sleep(self, seconds: float) -> None:
        """Wait, cut to 0 to 2 seconds."""
        time.sleep(min(max(seconds, 0.0), MAX_SLEEP_SECONDS))
