"""A small world around the node's real protocol code, searched through exhaustively.

The world has a table, a writer with two publications in one shard, and two nodes. It moves in steps, each of which may
come next wherever it can happen:

- writer: put a value; bump its generation; find it visible (`is_visible`, the issuer's rule)
- node, one poll: read the generations; load the shard; build the row; write it. Its worker applies what is queued at
  any time between. A write may get lost, or be given up and land later
- a node crashes: its row stays, a write under way may still land
- time passes, in leaps around the ends of heartbeat, lease and grace; one node takes the tables' clock for slower than
  it is and one for faster, and either may come to take it the other way

A worker that is silent for five seconds is killed, so time leaps only when the workers' queues are empty.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from certwright.domain.answer import Counter, NodeRow, is_visible
from dnsnode.lease import Sight
from dnsnode.replica import Replica
from tests.interleavings.model_node import SHARD, SKEW_SECONDS, Node, Sees, Step, Violation, is_later, possible_steps

START = 1_000.0
RATIONED = ("crash", "fail", "misjudges")
PUT, BUMPED, DECLARED = 1, 2, 3
"""How far a publication has come."""

type Rule = Callable[[Iterable[NodeRow], Mapping[Counter, int], int], bool]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Where the search begins, and how much may happen."""

    running: tuple[str, ...]
    polls: Mapping[str, int]
    leaps: tuple[float, ...] = ()
    crashes: int = 0
    failures: int = 0
    misjudgements: int = 0
    replica: type[Replica] = Replica
    rule: Rule = is_visible
    replaces: Callable[[NodeRow, NodeRow], bool] = is_later


class World(NamedTuple):
    """Everything there is; the nodes are numbers of known nodes, and their rows are theirs."""

    now: float
    leaps: tuple[float, ...]
    crashes: int
    failures: int
    misjudgements: int
    nodes: tuple[int, ...]
    stored: frozenset[int] = frozenset()
    generation: int = 0
    done: tuple[int, ...] = (0, 0)
    wanted: tuple[int, ...] = (0, 0)


class Search:
    """Tries every schedule of a scenario; worlds that are alike are continued once, and counted as often as met."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._schedules: dict[World, int] = {}
        self._path: list[str] = []
        self._nodes: list[Node] = []
        self._numbers: dict[object, int] = {}
        self._steps_of: list[list[tuple[str, Step]]] = []
        self._stepped: dict[tuple[int, str, Sees], int] = {}

    @property
    def states(self) -> int:
        """How many different worlds were met."""
        return len(self._schedules)

    def run(self) -> int:
        """Search; returns the number of schedules, raises `Violation` with the steps that led to it."""
        scenario = self._scenario
        nodes = tuple(self._begin_node(name) for name in SKEW_SECONDS)
        gc.disable()  # nothing made here is cyclic, and there is much of it
        try:
            rations = (scenario.crashes, scenario.failures, scenario.misjudgements)
            return self._continue(World(START, scenario.leaps, *rations, nodes))
        except Violation as violation:
            raise Violation(f"{violation}, after: {' / '.join(self._path)}") from violation
        finally:
            gc.enable()

    def _begin_node(self, name: str) -> int:
        """Make a node, which in a scenario that wants it running has started without disturbance."""
        replica = self._scenario.replica(name, START, (SHARD,))
        node = Node(name, replica, polls=9, skew=SKEW_SECONDS[name], replaces=self._scenario.replaces)
        while name in self._scenario.running and not node.is_settled:
            next(possible_steps(node))[1](node, Sees(START, 0, frozenset()))
        node.polls = self._scenario.polls[name]
        return self._number(node)

    def _number(self, node: Node) -> int:
        number = self._numbers.setdefault(node.key, len(self._nodes))
        if number == len(self._nodes):
            self._nodes.append(node)
            self._steps_of.append(list(possible_steps(node)))
        return number

    def _continue(self, world: World) -> int:
        known = self._schedules.get(world)
        if known is not None:
            return known
        self._check(world)
        schedules = 0
        for name, take in self._steps(world):
            self._path.append(name)
            schedules += self._continue(take())
            self._path.pop()
        self._schedules[world] = max(schedules, 1)
        return self._schedules[world]

    # ------------------------------------------------------------------ steps

    def _steps(self, world: World) -> Iterator[tuple[str, Callable[[], World]]]:
        for publication in (0, 1):
            yield from self._writer_steps(world, publication)
        for position in range(len(world.nodes)):
            yield from self._node_steps(world, position)
        if not any(self._nodes[number].is_up and self._nodes[number].queue for number in world.nodes):
            for leap in sorted(set(world.leaps)):
                yield f"{leap} s pass", partial(_leap, world, leap)

    def _writer_steps(self, world: World, publication: int) -> Iterator[tuple[str, Callable[[], World]]]:
        done = world.done[publication]
        if publication and not world.done[0]:  # the two are alike: the first to begin is called the first
            return
        if done == 0:
            yield f"put {publication}", lambda: _advance(world, publication, stored=world.stored | {publication})
        elif done == PUT:
            yield f"bump {publication}", lambda: _bump(world, publication)
        elif done == BUMPED and self._is_visible(world, publication):
            yield f"visible {publication}", lambda: self._declare(world, publication)

    def _node_steps(self, world: World, position: int) -> Iterator[tuple[str, Callable[[], World]]]:
        number = world.nodes[position]
        for name, step in self._steps_of[number]:
            crashes, failures, misjudges = map(name.startswith, RATIONED)
            if crashes <= world.crashes and failures <= world.failures and misjudges <= world.misjudgements:
                yield f"{self._nodes[number].name}: {name}", partial(self._take, world, position, name, step)

    def _take(self, world: World, position: int, name: str, step: Step) -> World:
        sees = Sees(world.now, world.generation, world.stored)
        after = self._step(world.nodes[position], name, step, sees)
        return world._replace(
            nodes=(*world.nodes[:position], after, *world.nodes[position + 1 :]),
            crashes=world.crashes - name.startswith("crash"),
            failures=world.failures - name.startswith("fail"),
            misjudgements=world.misjudgements - name.startswith("misjudges"),
        )

    def _step(self, number: int, name: str, step: Step, sees: Sees) -> int:
        after = self._stepped.get((number, name, sees))
        if after is None:
            node = self._nodes[number].copy()
            step(node, sees)
            after = self._stepped[number, name, sees] = self._number(node)
        return after

    # ------------------------------------------------------------------ promises

    def _is_visible(self, world: World, publication: int) -> bool:
        rows = [node.row for node in map(self._nodes.__getitem__, world.nodes) if node.row]
        return self._scenario.rule(rows, {SHARD: world.wanted[publication]}, int(world.now * 1000))

    def _declare(self, world: World, publication: int) -> World:
        """Hold the first promise: every live node serves what is declared visible."""
        for node in map(self._nodes.__getitem__, world.nodes):
            is_served = publication in node.values and node.lease.sight(world.now) is not Sight.ENDED
            if node.is_live(world.now) and not is_served:
                raise Violation(f"{node.name} is live and does not serve {publication}")
        return _advance(world, publication)

    def _check(self, world: World) -> None:
        """Hold the second promise: no node denies what was declared visible."""
        if DECLARED not in world.done:
            return
        declared = frozenset(publication for publication in (0, 1) if world.done[publication] == DECLARED)
        for node in map(self._nodes.__getitem__, world.nodes):
            if node.is_denying(world.now, declared):
                raise Violation(f"{node.name} denies {set(declared - node.values)}")


def _advance(world: World, publication: int, **changes: Any) -> World:
    """Bring a publication one step on."""
    done = tuple(step + (number == publication) for number, step in enumerate(world.done))
    return world._replace(done=done, **changes)


def _bump(world: World, publication: int) -> World:
    """ADD one to the shard's generation, and keep what it is then."""
    generation = world.generation + 1
    wanted = tuple(generation if number == publication else kept for number, kept in enumerate(world.wanted))
    return _advance(world, publication, generation=generation, wanted=wanted)


def _leap(world: World, leap: float) -> World:
    leaps = list(world.leaps)
    leaps.remove(leap)
    return world._replace(now=world.now + leap, leaps=tuple(leaps))
