"""A feed that is told of news: it polls before its time."""

import asyncio
from types import SimpleNamespace
from typing import cast

from certwright.domain.answer import Answer, Generations, NodeRow, ServedZone
from dnsnode.clock import TableClock
from dnsnode.from_table import TableFeed
from dnsnode.node import Node
from dnsnode.snapshot import Snapshot
from dnsnode.source import Partition

PATIENCE_SECONDS = 120.0
AN_HOUR = 3600.0


class EmptyTables:
    """A `Source` with nothing in it, which counts how often it is polled."""

    polls = 0

    def read_generations(self) -> Generations:
        """Count."""
        self.polls += 1
        return Generations()

    def read_shard(self, number: int) -> Partition[Answer]:
        """There is nothing."""
        return Partition((), ())

    def read_zones(self) -> Partition[ServedZone]:
        """There is nothing."""
        return Partition((), ())

    def write_row(self, row: NodeRow) -> None:
        """Nobody reads it."""

    def delete_row(self, task: str) -> None:
        """Nobody reads it."""


def test_a_notice_brings_the_next_poll_forward() -> None:
    """Polls are an hour apart; each notice is followed by one that begins after it."""
    asyncio.run(follow_notices())


async def follow_notices() -> None:
    """Give notice three times, each time after the poll that the last one brought about."""
    tables = EmptyTables()
    feed = TableFeed(tables, AN_HOUR, TableClock())
    node = cast(Node, SimpleNamespace(pool=None, snapshot=Snapshot(), broadcast=lambda _: 0))
    await feed.load(node)
    following = asyncio.create_task(feed.follow(node))
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(3):
            before = tables.polls
            feed.on_notified()
            while tables.polls == before:
                await asyncio.sleep(0.01)
    following.cancel()
    await feed.leave()
