"""Lines that nobody waits for: a reader that is stuck must not keep the node from its work."""

import os
from contextlib import suppress
from queue import Full, Queue
from threading import Thread
from typing import Final

_MOST_WAITING: Final = 1000


class LineWriter:
    """Writes lines to a descriptor, each with one system call of a thread of its own; how many wait is bounded."""

    def __init__(self, output: int) -> None:
        self._output = output
        self._lines: Queue[str | None] = Queue(_MOST_WAITING)
        self._thread = Thread(target=self._write_all, name="lines", daemon=True)
        self._thread.start()

    def write(self, line: str) -> bool:
        """Take a line, and tell whether there was room for it."""
        with suppress(Full):
            self._lines.put_nowait(line)
            return True
        return False

    def close(self, seconds: float) -> None:
        """Write what waits, if that takes no longer than so many seconds."""
        with suppress(Full):
            self._lines.put_nowait(None)
            self._thread.join(seconds)

    def _write_all(self) -> None:
        with suppress(OSError):  # nobody reads any more
            while (line := self._lines.get()) is not None:
                os.write(self._output, f"{line}\n".encode())
