"""A node of the model: the real `Replica` takes its decisions, the real `Lease` binds its worker.

Every step is a function of the node and of what it can see, so that equal nodes step alike and once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple

from certwright.domain.answer import SHARDS, Generations, NodeRow
from dnsnode.lease import NONE, Lease, Sight
from dnsnode.replica import Heartbeat, Instant, Replica

SHARD = 3
SKEW_SECONDS = {"slow": -4.0, "fast": 4.0}
"""By how much the nodes misjudge the tables' time, within what the issuer allows."""


class Violation(AssertionError):
    """A promise was broken."""


def is_later(new: NodeRow, old: NodeRow) -> bool:
    """Tell whether the table takes a row in place of another, as the source demands."""
    return new.beat > old.beat


class Sees(NamedTuple):
    """What a node can see: its monotonic clock, the shard's generation and its values in the table."""

    now: float
    generation: int
    stored: frozenset[int]


@dataclass(frozen=True, slots=True)
class Message:
    """What a worker is sent: values and a lease to swap in."""

    number: int
    values: frozenset[int]
    lease: Lease


@dataclass(eq=False)
class Node:
    """One node: its row in the table, the parent's place in its poll, and its worker. Never changed, only copied."""

    name: str
    replica: Replica
    polls: int
    row: NodeRow | None = None
    in_doubt: NodeRow | None = None
    is_up: bool = True
    place: str = "idle"
    heartbeat: Heartbeat | None = None
    loaded: frozenset[int] = frozenset()
    shared: Lease = NONE
    number: int = 0
    queue: tuple[Message, ...] = ()
    is_started: bool = False
    is_open: bool = False
    values: frozenset[int] = frozenset()
    lease: Lease = NONE
    skew: float = 0.0
    replaces: Callable[[NodeRow, NodeRow], bool] = is_later

    def copy(self) -> "Node":
        """Copy it with its replica, whose containers hold only values that never change."""
        new = copy(self)
        new.replica = copy(self.replica)
        for name, value in vars(self.replica).items():
            if hasattr(value, "copy"):
                setattr(new.replica, name, value.copy())
        return new

    @property
    def key(self) -> object:
        """Make it comparable; one that is down differs only in what it left behind."""
        if not self.is_up:
            return (self.name, self.row, self.in_doubt)
        rest = (value for name, value in vars(self).items() if name != "replica")
        return (*rest, *map(_freeze, vars(self.replica).values()))

    @property
    def is_settled(self) -> bool:
        """Whether it serves and has said so."""
        return self.is_open and self.place == "idle" and not self.queue and self.replica.is_caught_up

    def clocks(self, now: float) -> Instant:
        """Read both clocks."""
        return Instant(int((now + self.skew) * 1000), now)

    def is_live(self, now: float) -> bool:
        """Tell whether it knows a lease that runs, by its own clocks, under the row that it knows it wrote."""
        written = self.replica.landed
        if not self.is_up or self.row is None or written is None or self.row != written.row:
            return False
        runs = self.clocks(now).epoch_ms < self.row.lease_until
        return runs and self.replica.lease.sight(now) is not Sight.ENDED

    def is_denying(self, now: float, declared: frozenset[int]) -> bool:
        """Tell whether a question for a declared value is answered with a denial."""
        return self.is_up and self.is_open and self.lease.sight(now) is Sight.CLEAR and not declared <= self.values


type Step = Callable[[Node, Sees], None]
"""Changes a node that was copied for it."""


def possible_steps(node: Node) -> Iterator[tuple[str, Step]]:
    """List what a node may do next; "crash", "fail" and "misjudges" begin the names of what is rationed."""
    if node.in_doubt:
        yield "the write in doubt lands", land_in_doubt
    if not node.is_up:
        return
    if node.queue:
        yield "worker applies", apply_queue
    if node.place != "idle" or node.polls:
        yield from _PARENT_STEPS[node.place]
    yield "crashes", crash
    yield "misjudges the time the other way", misjudge


def read_generations(node: Node, sees: Sees) -> None:
    """Begin a poll."""
    shards = tuple(sees.generation if number == SHARD else 0 for number in range(SHARDS))
    node.polls -= 1
    if node.replica.on_generations(Generations(shards), sees.now):
        node.place = "load"
    else:
        _finish_loading(node)


def load(node: Node, sees: Sees) -> None:
    """Read the shard as it is now, and send the changes."""
    node.loaded = sees.stored
    if node.is_started:
        _send(node, node.queue[-1].lease if node.queue else node.lease)
    node.replica.on_loaded(SHARD, node.number, ())
    _finish_loading(node)


def apply_queue(node: Node, _: Sees) -> None:
    """Let the worker swap in all that is queued, and the parent hear of it."""
    last = node.queue[-1]
    node.values, node.lease, node.queue, node.is_open = last.values, last.lease, (), True
    node.replica.on_applied(last.number)


def build_row(node: Node, sees: Sees) -> None:
    """Build the row if one is due, else the poll is over; a node that does not answer must acknowledge nothing."""
    node.heartbeat = node.replica.build_heartbeat(node.clocks(sees.now))
    is_answering = node.is_open and node.lease.sight(sees.now) is not Sight.ENDED
    if node.heartbeat and node.heartbeat.row.acks[SHARD] and not is_answering:
        raise Violation(f"{node.name} acknowledges and does not answer")
    if node.heartbeat:
        node.place = "write"
    else:
        _end_poll(node)


def write(node: Node, sees: Sees) -> None:
    """Land the row, and know it."""
    assert node.heartbeat
    if not _put_row(node, node.heartbeat.row):
        raise Violation(f"{node.name} does not get its row in")
    node.replica.on_landed(node.heartbeat, sees.now)
    _end_poll(node)


def lose_write(node: Node, _: Sees) -> None:
    """Lose the row on its way, and know that it failed."""
    _end_poll(node)


def doubt_write(node: Node, _: Sees) -> None:
    """Give the row up, while it may yet land."""
    assert node.heartbeat
    node.in_doubt = node.heartbeat.row
    _end_poll(node)


def land_in_doubt(node: Node, _: Sees) -> None:
    """Land a row that was given up."""
    assert node.in_doubt
    _put_row(node, node.in_doubt)
    node.in_doubt = None


def misjudge(node: Node, _: Sees) -> None:
    """Learn better of the tables' time, and err to the other side."""
    node.skew = -node.skew


def crash(node: Node, _: Sees) -> None:
    """End; the row stays, and one on its way may yet land."""
    node.is_up = False
    if node.heartbeat:
        node.in_doubt = node.heartbeat.row


_PARENT_STEPS: Mapping[str, Sequence[tuple[str, Step]]] = {
    "idle": [("reads", read_generations)],
    "load": [("loads", load)],
    "beat": [("builds its row", build_row)],
    "write": [("writes", write), ("fails to write", lose_write), ("fails to write, in doubt", doubt_write)],
}


def _put_row(node: Node, row: NodeRow) -> bool:
    """Put a row unless a later one is there."""
    if node.row is not None and not node.replaces(row, node.row):
        return False
    node.row = row
    return True


def _finish_loading(node: Node) -> None:
    _share_lease(node)
    node.place = "beat"


def _end_poll(node: Node) -> None:
    """Share the lease, which a row that landed may have moved on; start the worker once joined."""
    node.heartbeat, node.place = None, "idle"
    _share_lease(node)
    if node.replica.is_joined and not node.is_started:
        node.is_started = True
        _send(node, node.replica.lease)


def _share_lease(node: Node) -> None:
    lease = node.replica.lease
    if lease == node.shared:
        return
    node.shared = lease
    if node.is_started:
        _send(node, lease)
    node.replica.on_lease_sent(node.number)


def _send(node: Node, lease: Lease) -> None:
    node.number += 1
    node.queue = (*node.queue, Message(node.number, node.loaded, lease))


def _freeze(value: object) -> object:
    if isinstance(value, dict):
        return tuple(value.items())
    if isinstance(value, set):
        return frozenset(value)
    return tuple(value) if hasattr(value, "copy") else value  # type: ignore[arg-type]
