"""A line that serves owners in turns: fair queueing, so that one owner's crowd never stands before another's few.

Each owner who waits gets the same part of what is served (generalized processor sharing, Parekh and Gallager 1993). The
line does not know who stands in it, only up to which turn each owner has given turns out: it is as long as the owners
who wait are many, however many certificates they have.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Queue:
    """An owner's part of a line: the service, in milliseconds, after which all its turns are over."""

    owner: str
    until: int


@dataclass(frozen=True, slots=True)
class Line:
    """`served` is the service that each waiting owner has had as of `at`, in milliseconds; it never goes back.

    A turn is the service after which it comes. With n owners waiting, 1/n of a millisecond is served in each.
    `queues` are in the order in which they end. While `at` lies ahead the line stands still.
    """

    served: int = 0
    at: int = 0
    queues: tuple[Queue, ...] = ()

    @property
    def ends_at(self) -> int:
        """When all turns that were given out are over; 0 where nobody waits."""
        return self.at + sum(queue.until - self.served for queue in self.queues) if self.queues else 0

    def advance(self, now: int) -> "Line":
        """Serve until `now`, and forget owners who no longer wait."""
        served, at, queues = self.served, self.at, self.queues
        while queues:
            step = min(max(0, now - at) // len(queues), queues[0].until - served)
            served, at = served + step, at + step * len(queues)
            if queues[0].until > served:
                break
            queues = queues[1:]
        return Line(served, at, queues)

    def join(self, owner: str, service: int, opens_at: int) -> tuple["Line", int]:
        """Stand behind the owner's own: returns the turn, which takes `service`.

        A line in which nobody stood opens at `opens_at`.
        """
        turn = max(self.served, self._end_of(owner))
        others = tuple(queue for queue in self.queues if queue.owner != owner)
        queues = tuple(sorted((*others, Queue(owner, turn + service)), key=lambda queue: queue.until))
        return Line(self.served, self.at if self.queues else opens_at, queues), turn

    def comes_at(self, owner: str, turn: int) -> int:
        """Tell when a turn comes if nobody else joins; one that the line does not know has come."""
        served, at = self.served, self.at
        if self._end_of(owner) <= turn:
            return 0
        for ended, queue in enumerate(self.queues):
            if served >= turn:
                break
            step = min(queue.until, turn) - served
            served, at = served + step, at + step * (len(self.queues) - ended)
        return at

    def stall(self, milliseconds: int) -> "Line":
        """Stand still for so long: what is served meanwhile is another's."""
        return replace(self, at=self.at + milliseconds)

    def stall_until(self, instant: int) -> "Line":
        """Stand still until an instant."""
        return replace(self, at=max(self.at, instant))

    def _end_of(self, owner: str) -> int:
        return next((queue.until for queue in self.queues if queue.owner == owner), 0)
