"""Waits for the signal that ends a program, whatever the program is doing when it comes.

A Python handler runs in the main thread, between two of its instructions. A signal that comes just before that thread
falls asleep on a lock, or that another thread takes, would leave it asleep. So the interpreter's own handler, which
runs at once, writes to a pipe (`signal.set_wakeup_fd`), and the main thread sleeps on that.
"""

import os
import signal


class Ending:
    """Takes the given signals over from its making on; only in a main thread, once a process."""

    def __init__(self, *numbers: signal.Signals) -> None:
        self._told, told_by = os.pipe()
        os.set_blocking(told_by, False)
        signal.set_wakeup_fd(told_by, warn_on_full_buffer=False)
        for number in numbers:
            signal.signal(number, lambda *_: None)

    def wait(self) -> None:
        """Sleep until one of the signals has come."""
        os.read(self._told, 1)
