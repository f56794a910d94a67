"""Look at messages that failed again and again, and send them again."""

from collections.abc import Iterator
from dataclasses import dataclass

from certwright import ports
from certwright.domain.dead_letter import DeadLetter

MOST = 500
"""So many messages one call looks at."""


@dataclass(frozen=True, slots=True)
class DeadLetterOffice:
    """What dead letters are handled with: the queue they failed in, and where they lie."""

    queue: ports.Queue
    letters: ports.DeadLetters


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of the messages: sent again, thrown away, or left where they lie."""

    sent: int
    discarded: int
    left: int


def list_letters(office: DeadLetterOffice) -> tuple[DeadLetter, ...]:
    """List the messages, oldest first, at most `MOST`; they stay."""
    found = tuple(_take_all(office))
    office.letters.release(found)
    return tuple(sorted(found, key=lambda letter: letter.sent_at))


def redrive(office: DeadLetterOffice, *, discards: bool) -> Redriven:
    """Send all work again, and throw the others away if told so; a crash sends twice what it was at."""
    found = tuple(_take_all(office))
    work = tuple(letter for letter in found if letter.kind.is_redrivable)
    others = tuple(letter for letter in found if not letter.kind.is_redrivable)
    if work:
        office.queue.send_all([letter.body for letter in work])
        office.letters.remove(work)
    if discards:
        office.letters.remove(others)
    else:
        office.letters.release(others)
    return Redriven(len(work), len(others) if discards else 0, 0 if discards else len(others))


def _take_all(office: DeadLetterOffice) -> Iterator[DeadLetter]:
    """Take each message once; one that comes a second time, for its hold has ended, ends it."""
    seen: set[str] = set()
    while len(seen) < MOST and (taken := office.letters.take()):
        for letter in taken:
            if letter.id in seen:
                return
            seen.add(letter.id)
            yield letter
