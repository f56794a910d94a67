"""Randomness that is the same in every run."""

from random import Random
from string import ascii_letters, ascii_lowercase, digits
from uuid import UUID


class FakeChance:
    """A `Chance` drawn from a seed."""

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{self._random.getrandbits(128):032x}"

    def new_uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def new_label(self) -> str:
        rest = self._random.choices(ascii_lowercase + digits, k=self._random.randint(5, 7))
        return self._random.choice(ascii_lowercase) + "".join(rest)

    def new_secret(self) -> str:
        return "".join(self._random.choices(ascii_letters + digits, k=43))

    def fraction(self) -> float:
        return self._random.random()
