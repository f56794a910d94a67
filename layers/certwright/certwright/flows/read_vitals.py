"""Look at each part of a deployment once; one that does not answer hides none of the others."""

from collections.abc import Callable
from dataclasses import dataclass

from certwright import ports
from certwright.domain.answer import BadItem
from certwright.domain.errors import CertwrightError
from certwright.domain.vitals import Vitals

SWEEP = "sweep"
"""The name of the beat that the schedule leaves."""


@dataclass(frozen=True, slots=True)
class Instruments:
    """What is looked with; `dead_letters` is the queue of what failed for good."""

    clock: ports.Clock
    overview: ports.Overview
    beats: ports.Beats
    nodes: ports.Nodes
    queue: ports.Queue
    dead_letters: ports.Queue


def read_vitals(instruments: Instruments) -> Vitals:
    """Read what can be read."""
    failures: list[tuple[str, str]] = []

    def attempt[T](name: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except (CertwrightError, BadItem) as error:
            failures.append((name, str(error)))
            return None

    return Vitals(
        now=instruments.clock.now(),
        swept_at=attempt("registry table", lambda: instruments.beats.read(SWEEP)),
        due_at=attempt("certificates table", instruments.overview.oldest_due),
        waiting=attempt("queue", instruments.queue.depth),
        dead=attempt("dead letters", instruments.dead_letters.depth),
        nodes=attempt("nodes table", instruments.nodes.list_rows),
        failures=tuple(failures),
    )
