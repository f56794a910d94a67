"""Dead letters in memory."""

from collections.abc import Sequence
from itertools import count

from certwright.domain.dead_letter import DeadLetter


class FakeDeadLetters:
    """A `DeadLetters`; `lying` are the bodies that nobody holds, in order."""

    def __init__(self, *bodies: str) -> None:
        numbers = count()
        self._all = {
            f"m{at}": DeadLetter(f"m{at}", body, at, f"h{at}") for at, body in zip(numbers, bodies, strict=False)
        }
        self._held: set[str] = set()

    @property
    def lying(self) -> list[str]:
        return [letter.body for letter in self._all.values() if letter.id not in self._held]

    def take(self) -> tuple[DeadLetter, ...]:
        found = [letter for letter in self._all.values() if letter.id not in self._held][:10]
        self._held |= {letter.id for letter in found}
        return tuple(found)

    def release(self, letters: Sequence[DeadLetter]) -> None:
        self._held -= {letter.id for letter in letters}

    def remove(self, letters: Sequence[DeadLetter]) -> None:
        for letter in letters:
            self._all.pop(letter.id, None)
