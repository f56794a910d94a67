"""Virtual time, and who runs when: one task at a time, handing over only where it waits, so that a run replays exactly.

Tasks are greenlets: plain code, such as the flows, can be stopped in the middle of any call to the world. Which task
goes on is decided by time alone, and by the order of asking where times are equal.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from greenlet import GreenletExit, getcurrent, greenlet


class Schedule:
    """A clock in epoch milliseconds and what is to happen by it."""

    def __init__(self, start: int) -> None:
        self.now = start
        self._end = start
        self._agenda: list[tuple[int, int, Callable[[], object]]] = []
        self._numbers = count()
        self._paused: dict[greenlet, None] = {}

    def at(self, instant: int, action: Callable[[], object]) -> None:
        """Have something done at an instant, at once where it has passed; the action itself must not wait."""
        heappush(self._agenda, (max(instant, self.now), next(self._numbers), action))

    def start(self, body: Callable[[], object]) -> None:
        """Start a task, which may wait, as soon as all others wait."""
        self.at(self.now, lambda: greenlet(body).switch())

    def pause(self, milliseconds: int) -> None:
        """Wait, from within a task, while others go on."""
        until = self.now + max(milliseconds, 0)
        if until <= self._end and (not self._agenda or until < self._agenda[0][0]):
            self.now = until
            return
        task = getcurrent()
        assert task.parent is not None, "only a task may wait"
        self.at(until, task.switch)
        self._paused[task] = None
        task.parent.switch()
        del self._paused[task]

    def run_until(self, end: int) -> None:
        """Let time pass; what a task or an action raises ends the run."""
        self._end = end
        while self._agenda and self._agenda[0][0] <= end:
            self.now, _, action = heappop(self._agenda)
            action()
        self.now = end

    def close(self) -> None:
        """End the tasks that still wait, where they wait."""
        for task in list(self._paused):
            task.throw(GreenletExit)
        self._paused.clear()
