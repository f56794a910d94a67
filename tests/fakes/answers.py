"""Answers and the nodes that serve them, in memory."""

import collections
from collections.abc import Iterable, Mapping
from dataclasses import replace
from threading import RLock

from certwright.domain.answer import (
    SHARDS,
    Answer,
    Counter,
    Generations,
    Item,
    NodeRow,
    ServedZone,
    encode_answer,
    encode_zone,
    shard_of,
)
from certwright.ports import Clock

LEASE = 60_000


class FakeAnswers:
    """An `Answers`; `served` and `zones` are what stands in the table."""

    def __init__(self) -> None:
        self._served: dict[tuple[object, object], Answer] = {}
        self._generations: collections.Counter[int] = collections.Counter()
        self.zone_generation = 0
        self.zones: dict[str, ServedZone] = {}
        self._lock = RLock()

    @property
    def served(self) -> frozenset[Answer]:
        """All answers that stand."""
        return frozenset(self._served.values())

    @property
    def generations(self) -> Generations:
        """The counters as they are now."""
        return Generations(tuple(self._generations[shard] for shard in range(SHARDS)), self.zone_generation)

    def publish(self, answers: Iterable[Answer]) -> Mapping[Counter, int]:
        wanted = {_position(encode_answer(answer)): answer for answer in answers}
        with self._lock:
            self._served |= wanted
            return self._move_on(wanted.values())

    def withdraw(self, answers: Iterable[Answer]) -> None:
        unwanted = tuple(answers)
        with self._lock:
            for answer in unwanted:
                self._served.pop(_position(encode_answer(answer)), None)
            self._move_on(unwanted)

    def publish_zone(self, zone: ServedZone) -> int:
        encode_zone(zone)
        with self._lock:
            self.zones[zone.origin] = zone
            self.zone_generation += 1
            return self.zone_generation

    def withdraw_zone(self, origin: str) -> int:
        with self._lock:
            self.zones.pop(origin, None)
            self.zone_generation += 1
            return self.zone_generation

    def _move_on(self, answers: Iterable[Answer]) -> dict[Counter, int]:
        shards = {shard_of(answer) for answer in answers}
        if not shards:
            return {}
        self._generations.update(shards)
        return {**{shard: self._generations[shard] for shard in shards}, "zones": self.zone_generation}


class FakeNodes:
    """A `Nodes`: every node acknowledges at once what `answers` holds, unless it is told to lag, die or leave."""

    def __init__(self, answers: FakeAnswers, clock: Clock, tasks: Iterable[str] = ("node-a", "node-b")) -> None:
        self._answers = answers
        self._clock = clock
        self._started_at = clock.now()
        self._frozen: dict[str, Generations] = {}
        self._ended: dict[str, int] = {}
        self._without_zones: set[str] = set()
        self.tasks = list(tasks)

    def list_rows(self) -> tuple[NodeRow, ...]:
        return tuple(self._row(task) for task in self.tasks)

    def lag(self, task: str) -> None:
        """Acknowledge nothing from now on, with the lease renewed all the same."""
        self._frozen[task] = self._answers.generations

    def catch_up(self, task: str) -> None:
        """Acknowledge everything again."""
        self._frozen.pop(task, None)

    def lag_in_zones(self, task: str, *, is_behind: bool) -> None:
        """Acknowledge no zone, though every answer, or all again."""
        (self._without_zones.add if is_behind else self._without_zones.discard)(task)

    def crash(self, task: str) -> None:
        """Acknowledge nothing any more and let the lease run out; the row stays."""
        self.lag(task)
        self._ended[task] = self._clock.now() + LEASE

    def leave(self, task: str) -> None:
        """Deregister."""
        self.tasks.remove(task)

    def _row(self, task: str) -> NodeRow:
        acks = self._frozen.get(task, self._answers.generations)
        if task in self._without_zones:
            acks = replace(acks, zones=0)
        return NodeRow(task, acks, self._ended.get(task, self._clock.now() + LEASE), (), self._started_at)


def _position(item: Item) -> tuple[object, object]:
    return item["pk"], item["sk"]
