"""What was published, withdrawn and acknowledged when, and whether an answer fits: the judge of a node under load."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from random import Random

KEPT_SECONDS = 60.0
"""How long a value that is gone is remembered: longer than any query takes."""


@dataclass(slots=True)
class Life:
    """One value at one name; instants of the monotonic clock, as seen by the one who publishes."""

    value: str
    put_at: float
    visible_at: float = inf
    withdrawn_at: float = inf
    gone_at: float = inf


@dataclass(slots=True)
class History:
    """All lives by name. What is put is sent after it is noted here, what is acknowledged was noted after it was."""

    random: Random
    lives: dict[str, list[Life]] = field(default_factory=dict)
    checked: int = 0
    wrong: list[str] = field(default_factory=list)

    def change(self, name: str, now: float) -> tuple[str, Life]:
        """Put a new value or withdraw one of those that stand, by chance; returns what was done, and to which."""
        lives = self.lives.setdefault(name, [])
        standing = [life for life in lives if life.withdrawn_at == inf]
        if standing and self.random.random() < len(standing) / 2:
            life = self.random.choice(standing)
            life.withdrawn_at = now
            return "delete", life
        lives[:] = [life for life in lives if life.gone_at > now - KEPT_SECONDS]
        life = Life(f"{self.random.getrandbits(64):016x}", now)
        lives.append(life)
        return "put", life

    def check(self, name: str, answers: Iterable[str], asked: float, answered: float) -> None:
        """Judge an answer by what was so all the time from question to answer, and what was so at some time of it."""
        seen, lives = set(answers), tuple(self.lives.get(name, ()))
        must = {life.value for life in lives if life.visible_at <= asked and life.withdrawn_at >= answered}
        may = {life.value for life in lives if life.put_at <= answered and life.gone_at >= asked}
        self.checked += 1
        if not must <= seen <= may:
            self.wrong.append(f"{name}: {sorted(seen)}, lost {sorted(must - seen)}, wrong {sorted(seen - may)}")
