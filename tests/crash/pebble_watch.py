"""What Pebble does after it has answered: it validates and issues on its own, and says so in its log."""

import time
from collections import Counter
from dataclasses import dataclass, field

from tests.support.pebble_process import Pebble

PATIENCE_SECONDS = 120
ORDERED, ACCOUNT, ISSUED = "Added order", "accounts in memory", "Issued certificate"
VALIDATED, FAILED = "by completed challenge", "set INVALID by completed challenge"
MARKS = (ORDERED, ACCOUNT, ISSUED, VALIDATED, FAILED)
WORK_OF_PATHS = {"/chalZ/": VALIDATED, "/finalize-order/": ISSUED}


@dataclass(slots=True)
class PebbleWatch:
    """Counts what the log tells; `is_settled` once all that was asked for is done."""

    pebble: Pebble
    seen: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    _read: int = 0
    _rest: bytes = b""

    def note(self, url: str) -> None:
        """Note a POST that Pebble took."""
        self.asked.update(work for path, work in WORK_OF_PATHS.items() if path in url)

    def look(self) -> Counter[str]:
        """Read on in the log and return the counts."""
        with self.pebble.log.open("rb") as log:
            log.seek(self._read)
            content = log.read()
        self._read += len(content)
        *lines, self._rest = (self._rest + content).split(b"\n")
        for line in lines:
            self.seen.update(mark for mark in MARKS if mark.encode() in line)
        return self.seen

    def settle(self) -> None:
        """Wait until Pebble has done what it was asked for."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(self.look()[work] < number for work, number in self.asked.items()):
            assert time.monotonic() < deadline, f"Pebble has not done {self.asked}, only {self.seen}"
            time.sleep(0.002)
