"""The queue of work, and the bus that changes are announced on."""

from collections.abc import Sequence
from typing import Protocol

from certwright.domain.announcement import Announcement
from certwright.domain.dead_letter import DeadLetter
from certwright.domain.notice import Notice


class Bus(Protocol):
    """Where whoever wants to know listens."""

    def announce(self, announcement: Announcement) -> None:
        """Announce something, at least once; `Unavailable` where it was not taken."""
        ...


class DeadLetters(Protocol):
    """Messages that failed again and again, kept for two weeks."""

    def take(self) -> tuple[DeadLetter, ...]:
        """Take some that nobody holds, for a minute; none where there are none."""
        ...

    def release(self, letters: Sequence[DeadLetter]) -> None:
        """Let go of messages that were taken; they stay."""
        ...

    def remove(self, letters: Sequence[DeadLetter]) -> None:
        """Delete messages that were taken."""
        ...


class Notices(Protocol):
    """What zones and delegations came to, kept for whoever listens."""

    def put(self, notice: Notice) -> None:
        """Store a notice, which is then announced; one that is the same lands in its place."""
        ...


class Queue(Protocol):
    """The work queue: it only hastens what the due index would bring up by itself."""

    def send(self, certificate_id: str, delay_seconds: int = 0) -> None:
        """Ask a worker to look at a certificate, after 0 to 900 seconds."""
        ...

    def send_all(self, certificate_ids: Sequence[str]) -> None:
        """Ask workers to look at many certificates now."""
        ...

    def depth(self) -> int:
        """Estimate how many messages wait."""
        ...
