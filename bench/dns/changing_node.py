"""The node under a source that changes without end: `python -m bench.dns.changing_node`, with the node's options.

Variables: BENCH_NAMES, how many names have an answer; BENCH_CHANGES, how many are replaced a second.
"""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from typing import Final

from bench.dns.mix import ADDRESS, NAME_SERVER, ORIGIN, VALUE, make_labels
from certwright.domain.answer import SHARDS, Generations, NodeRow, ServedZone, TxtAnswer, shard
from dnsnode.__main__ import announce
from dnsnode.clock import TableClock
from dnsnode.from_table import TableFeed
from dnsnode.node import Node
from dnsnode.settings import read_settings
from dnsnode.source import Partition

LATENCY_SECONDS: Final = 0.005
"""Of every call."""
_NEVER: Final = 2**40


class ChangingSource:
    """Tables in memory; what has changed since the last call changes when the counters are read."""

    def __init__(self, labels: Sequence[str], changes_per_second: int) -> None:
        self._names = [f"{label}.{ORIGIN}" for label in labels]
        self._shards: list[dict[str, TxtAnswer]] = [{} for _ in range(SHARDS)]
        self._generations = [0] * SHARDS
        self._per_second = changes_per_second
        self._changes = 0
        self._started = time.monotonic()
        for name in self._names:
            self._put(name, VALUE)

    def read_generations(self) -> Generations:
        """Change what is due, and read the counters."""
        time.sleep(LATENCY_SECONDS)
        due = int((time.monotonic() - self._started) * self._per_second)
        for number in range(self._changes, due):
            self._put(self._names[number % len(self._names)], f"{number:x}".rjust(len(VALUE), "x"))
        self._changes = due
        return Generations(tuple(self._generations), 1)

    def read_shard(self, number: int) -> Partition[TxtAnswer]:
        """Read one shard."""
        time.sleep(LATENCY_SECONDS)
        return Partition(tuple(self._shards[number].values()), ())

    def read_zones(self) -> Partition[ServedZone]:
        """Read the one zone."""
        time.sleep(LATENCY_SECONDS)
        return Partition((ServedZone(ORIGIN, (NAME_SERVER,), (ADDRESS,)),), ())

    def write_row(self, _: NodeRow) -> None:
        """Take as long as a table would."""
        time.sleep(LATENCY_SECONDS)

    def delete_row(self, _: str) -> None:
        """Take as long as a table would."""
        time.sleep(LATENCY_SECONDS)

    def _put(self, name: str, value: str) -> None:
        own = shard(name)
        self._shards[own][name] = TxtAnswer(name, value, "bench", _NEVER)
        self._generations[own] += 1


def main() -> None:
    """Serve until ended."""
    settings = read_settings(sys.argv[1:], os.environ)
    source = ChangingSource(make_labels(int(os.environ["BENCH_NAMES"])), int(os.environ["BENCH_CHANGES"]))
    asyncio.run(Node(settings, TableFeed(source, settings.poll_seconds, TableClock()), announce).run())


if __name__ == "__main__":
    main()
