"""What became of the DNS messages of one protocol, counted at no cost to the usual answer.

The usual answer counts nothing. Whatever else comes out is counted where it is decided, and when a batch of messages is
through, `finish` takes the rest of it for answers.
"""

from enum import IntEnum


class Outcome(IntEnum):
    """What a message got; NODATA is a denial of the type alone, SILENT no response at all."""

    ANSWER = 0
    NODATA = 1
    NXDOMAIN = 2
    SERVFAIL = 3
    REFUSED = 4
    FORMERR = 5
    NOTIMP = 6
    BADVERS = 7
    SILENT = 8


class Counts:
    """Messages by outcome; the numbers only grow. One thread counts, any thread may read.

    `truncated` counts responses cut because they were too long, `limited` those cut because their client's network
    asked too much; each has its outcome too.
    """

    __slots__ = ("_by_outcome", "_received", "limited", "truncated")

    def __init__(self) -> None:
        self._by_outcome = [0] * len(Outcome)
        self._received = 0
        self.truncated = 0
        self.limited = 0

    @property
    def received(self) -> int:
        """How many messages are through."""
        return self._received

    def add(self, outcome: Outcome) -> None:
        """Count what came of one message, unless it was answered."""
        self._by_outcome[outcome] += 1

    def finish(self, messages: int) -> None:
        """Take in messages that are through: those of no other outcome were answered."""
        self._received += messages
        self._by_outcome[Outcome.ANSWER] = self._received - sum(self._by_outcome[1:])

    def read(self) -> dict[Outcome, int]:
        """Tell how many messages had each outcome."""
        return dict(zip(Outcome, self._by_outcome, strict=True))


UNREAD = Counts()
"""For those who do not want to know."""
