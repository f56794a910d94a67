"""The work queue in memory."""

from collections.abc import Sequence

from certwright.ports import Clock


class FakeQueue:
    """A `Queue`; `waiting` holds (visible from, certificate id) in order of sending."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.waiting: list[tuple[int, str]] = []

    def send(self, certificate_id: str, delay_seconds: int = 0) -> None:
        delay = min(max(delay_seconds, 0), 900)
        self.waiting.append((self._clock.now() + delay * 1000, certificate_id))

    def send_all(self, certificate_ids: Sequence[str]) -> None:
        for certificate_id in certificate_ids:
            self.send(certificate_id)

    def depth(self) -> int:
        return sum(visible_at <= self._clock.now() for visible_at, _ in self.waiting)

    def receive(self) -> list[str]:
        """Take all messages that are visible by now."""
        now = self._clock.now()
        ready = [certificate_id for visible_at, certificate_id in self.waiting if visible_at <= now]
        self.waiting = [item for item in self.waiting if item[0] > now]
        return ready

    def drop_all(self) -> None:
        """Lose every message."""
        self.waiting.clear()
