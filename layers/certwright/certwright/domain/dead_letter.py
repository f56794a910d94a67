"""A message that failed again and again, and what can become of it."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum

MOST_TOLD = 200
"""So much of a message is told that is not understood."""


_WORK = re.compile(r"[a-z]+[_:#][a-zA-Z0-9_.:#-]+")
"""A certificate's id, or a word of what to work on and on which: `crt_5c1d…`, `ca:zerossl`."""


class LetterKind(StrEnum):
    """What a message was about."""

    WORK = "work"
    ANNOUNCEMENT = "announcement"
    UNKNOWN = "unknown"

    @property
    def is_redrivable(self) -> bool:
        """Tell whether it can be sent again; what could not be announced is no longer in the table's stream."""
        return self is LetterKind.WORK


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message; `sent_at` is when it first was (epoch milliseconds), `handle` what the queue calls it now."""

    id: str
    body: str
    sent_at: int
    handle: str

    @property
    def kind(self) -> LetterKind:
        """Tell what it was about; what Lambda could not deliver from a stream is a JSON object."""
        if self._undelivered:
            return LetterKind.ANNOUNCEMENT
        return LetterKind.WORK if _WORK.fullmatch(self.body) else LetterKind.UNKNOWN

    @property
    def about(self) -> str:
        """Name what it was about: a certificate's id, a CA account, the changes that nobody was told of."""
        lost = self._undelivered
        if lost:
            return f"{lost.get('batchSize')} changes from {lost.get('approximateArrivalOfFirstRecord')}"
        return self.body[:MOST_TOLD]

    @property
    def _undelivered(self) -> dict[str, object]:
        try:
            found = json.loads(self.body)["DDBStreamBatchInfo"]
        except (ValueError, KeyError, TypeError):
            return {}
        return found if isinstance(found, dict) else {}
