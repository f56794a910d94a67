"""A workbench: the ports as one worker has them, each at the far end of that worker's line."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Protocol

from certwright.flows.world import Registry, Workshop
from tests.fakes.chance import FakeChance
from tests.simulation.clock import SimulatedClock
from tests.simulation.line import Chances, Line, Wired
from tests.simulation.schedule import Schedule

WIRED = (
    "jobs",
    "certificates",
    "holds",
    "accounts",
    "account_keys",
    "cas",
    "directories",
    "answers",
    "nodes",
    "pending_keys",
    "versions",
    "kept_versions",
    "queue",
)
WIRED_REGISTRY = (
    "owners",
    "zones",
    "delegations",
    "holdings",
    "budgets",
    "cas",
    "standings",
    "compromised_keys",
)


class Town(Protocol):
    """What a bench is built from."""

    @property
    def schedule(self) -> Schedule:
        """Virtual time."""

    @property
    def workshop(self) -> Workshop:
        """The ports themselves."""

    def sky(self, kind: str, target: str = "") -> bool:
        """Tell whether a spell holds now."""

    def note(self, who: str, story: str) -> None:
        """Add to the trace."""

    def count(self, what: str) -> None:
        """Count that something happened."""

    def have_late_order(self) -> None:
        """Have the next order reach the CA later than its place was kept."""


class BorrowedChance(FakeChance):
    """A `Chance` that draws from the stream of the certificate in hand."""

    def borrow(self, random: Random) -> None:
        """Draw from another stream from now on."""
        self._random = random


@dataclass(frozen=True, slots=True)
class Bench:
    """A workshop and the line that all its ports share."""

    workshop: Workshop
    line: Line
    clock: SimulatedClock
    chance: BorrowedChance

    def take(self, worker: str, chances: Chances, skews: tuple[int, ...], on_freeze: Callable[[], None]) -> None:
        """Give it to a worker, whose clock is off by one of `skews`."""
        self.line.take(worker, chances, on_freeze)
        self.clock.skew = skews[int(chances.random.random() * len(skews))]
        if self.clock.skew:
            self.line.count("worker: clock is off")
        self.chance.borrow(chances.random)


def build_bench(town: Town) -> Bench:
    """Put a line in front of every port that is outside the worker."""
    line, whole = Line(town.schedule, town.sky, town.note, town.count), town.workshop
    line.on_late_order = town.have_late_order
    ports: dict[str, Any] = {name: Wired(getattr(whole, name), name, line) for name in WIRED}
    registry: dict[str, Any] = {name: Wired(getattr(whole.registry, name), name, line) for name in WIRED_REGISTRY}
    clock, chance = SimulatedClock(town.schedule), BorrowedChance()
    workshop = replace(whole, clock=clock, chance=chance, registry=Registry(**registry), **ports)
    return Bench(workshop, line, clock, chance)
