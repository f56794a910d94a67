"""The work queue and the workers it wakes: messages may be lost, doubled, late or out of order; workers may die."""

import itertools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from certwright.domain.errors import Unavailable
from certwright.domain.renewal import MINUTE, SECOND
from tests.simulation.line import Chances, Crashed
from tests.simulation.schedule import Schedule

VISIBILITY = 120 * SECOND
MOST_RECEIVES = 5
AT_ONCE = 10
"""The queue's MaximumConcurrency in template.yaml."""


@dataclass(slots=True)
class Delivery:
    """A message in a worker's hands; a frozen worker no longer counts as busy, and its message comes again."""

    certificate_id: str
    worker: str
    receives: int
    is_busy: bool = True


@dataclass(slots=True)
class SimulatedQueue:
    """A `Queue`; `work` is what a worker does with a delivery, and may wait."""

    schedule: Schedule
    work: Callable[[Delivery], None]
    chances: Callable[[str], Chances]
    count: Callable[[str], None] = lambda _: None
    received: int = 0
    most_waiting: int = 0
    _sent: int = 0
    _newest: dict[str, int] = field(default_factory=dict)
    _busy: int = 0
    _waiting: deque[tuple[str, int]] = field(default_factory=deque)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def send(self, certificate_id: str, delay_seconds: int = 0) -> None:
        delay = min(max(delay_seconds, 0), 900) * SECOND
        fate = self.chances(certificate_id).draw_message_fate()
        if fate:
            self.count(f"message: {fate}")
        if fate == "lost":
            return
        for copy in range(2 if fate == "doubled" else 1):
            late = copy * 700 + (MINUTE if fate == "late" else 0)
            self._sent += 1
            self._deliver_at(self.schedule.now + delay + late, certificate_id, 1, self._sent)

    def send_all(self, certificate_ids: Sequence[str]) -> None:
        for certificate_id in certificate_ids:
            self.send(certificate_id)

    def depth(self) -> int:
        return len(self._waiting)

    def freeze(self, delivery: Delivery) -> None:
        """Let go of a worker that no longer moves: its message comes again, another takes its place."""
        if delivery.is_busy:
            delivery.is_busy = False
            self._redeliver(delivery)
            self._free()

    def _deliver_at(self, instant: int, certificate_id: str, receives: int, number: int = 0) -> None:
        self.schedule.at(instant, lambda: self._arrive(certificate_id, receives, number))

    def _arrive(self, certificate_id: str, receives: int, number: int) -> None:
        if 0 < number < self._newest.get(certificate_id, 0):
            self.count("message: overtaken by a later one")
        self._newest[certificate_id] = max(number, self._newest.get(certificate_id, 0))
        self._waiting.append((certificate_id, receives))
        self.most_waiting = max(self.most_waiting, len(self._waiting))
        self._hand_out()

    def _hand_out(self) -> None:
        while self._waiting and self._busy < AT_ONCE:
            certificate_id, receives = self._waiting.popleft()
            self._busy += 1
            self.received += 1
            delivery = Delivery(certificate_id, f"w{next(self._numbers)}", receives)
            self.schedule.start(lambda delivery=delivery: self._run(delivery))  # type: ignore[misc]  # bound here

    def _run(self, delivery: Delivery) -> None:
        try:
            self.work(delivery)
        except (Crashed, Unavailable):
            if delivery.is_busy:
                self._redeliver(delivery)
        if delivery.is_busy:
            delivery.is_busy = False
            self._free()

    def _redeliver(self, delivery: Delivery) -> None:
        if delivery.receives < MOST_RECEIVES:
            self._deliver_at(self.schedule.now + VISIBILITY, delivery.certificate_id, delivery.receives + 1)
        else:
            self.count("message: given up after five deliveries")

    def _free(self) -> None:
        self._busy -= 1
        self._hand_out()
