"""Answers from the tables: polls the generations, loads what moved, acknowledges, and keeps the lease."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic
from typing import Final, Protocol
from uuid import uuid4

from certwright.domain.answer import Answer, Counter, Generations, NodeRow, ServedZone
from dnsnode.changes import Change, SetLease
from dnsnode.clock import TableClock, WallWatch
from dnsnode.lease import Lease
from dnsnode.metrics import Standing
from dnsnode.node import Node
from dnsnode.notices import Notices
from dnsnode.replica import TERMS, Instant, Replica, Terms
from dnsnode.source import Partition, SourceUnavailable

SWAP_SECONDS: Final = 1.0
"""How long a poll waits for the workers, so that the acknowledgement need not wait for the next poll."""
LEAST_REST_SECONDS: Final = 0.02
"""Between two polls, however many notices come: what is published together is loaded together."""
_log = logging.getLogger(__name__)


class Source(Protocol):
    """The tables; each call blocks, and raises `SourceUnavailable`."""

    def read_generations(self) -> Generations:
        """Read the counters."""
        ...

    def read_shard(self, number: int) -> Partition[Answer]:
        """Read one shard of answers."""
        ...

    def read_zones(self) -> Partition[ServedZone]:
        """Read the zones."""
        ...

    def write_row(self, row: NodeRow) -> None:
        """Write this node's row."""
        ...

    def delete_row(self, task: str) -> None:
        """Take this node's row away."""
        ...


class TableFeed:
    """Serves what the tables say, under a lease; `clock` is the tables', which the source keeps right."""

    heeds_notices = True

    def __init__(self, source: Source, poll_seconds: float, clock: TableClock, terms: Terms = TERMS) -> None:
        self._source = source
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._watch = WallWatch(clock)
        self._task = uuid4().hex
        self._replica = Replica(self._task, monotonic(), terms=terms)
        self._calls = ThreadPoolExecutor(1, "source")  # one at a time: the last deletion comes after the last write
        self._applied = asyncio.Event()
        self._notices, self._notified = Notices(poll_seconds), asyncio.Event()
        self._shared_lease: Lease | None = None
        self._is_failing = False
        self._logged: dict[Counter, tuple[str, ...]] = {}

    @property
    def lease(self) -> Lease:
        """The lease to serve under."""
        return self._replica.lease

    @property
    def standing(self) -> Standing:
        """How far this node keeps up with the tables."""
        return self._replica.standing(monotonic())

    async def load(self, node: Node) -> None:
        """Load all, register, read again: until that is done nothing is opened."""
        while not self._replica.is_joined:
            await self._poll(node)
            if self._is_failing:
                await asyncio.sleep(self._poll_seconds)

    async def confirm(self, node: Node) -> None:
        """Acknowledge what was caught up with, once the workers serve it."""
        while not self._replica.is_caught_up:
            await self._poll(node)
            await asyncio.sleep(self._poll_seconds)

    async def follow(self, node: Node) -> None:
        """Poll until cancelled."""
        while True:
            await self._rest()
            self._notified.clear()
            await self._poll(node)

    async def leave(self) -> None:
        """Delete the row, so that nobody waits for this node; it is the last thing done."""
        try:
            await self._call(lambda: self._source.delete_row(self._task))
        except SourceUnavailable as error:
            _log.warning("row not deleted, it lapses with its lease: %s", error)
        self._calls.shutdown()

    def reload(self, node: Node) -> None:  # noqa: ARG002 - a file's feed needs it
        """There is nothing to reload: the tables are polled."""
        _log.info("SIGHUP ignored: answers come from the tables")

    def on_applied(self, number: int) -> None:
        """Note what the workers serve."""
        self._replica.on_applied(number)
        self._applied.set()

    def on_notified(self) -> None:
        """Poll at once, unless notices have brought about too many polls lately."""
        if self._notices.take(monotonic()):
            self._notified.set()

    async def _rest(self) -> None:
        """Wait until the next poll: a notice only brings it forward."""
        least = min(LEAST_REST_SECONDS, self._poll_seconds)
        await asyncio.sleep(least)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds - least):
                await self._notified.wait()

    async def _poll(self, node: Node) -> None:
        """Do all steps of the protocol once; what fails is tried again by the next poll."""
        node.broadcast(node.snapshot.expire(self._clock.earliest(monotonic())))
        try:
            unread = await self._catch_up(node)
            if node.pool:
                await self._wait_for_workers()
            await self._beat()
            if unread:
                raise unread[0]
        except SourceUnavailable as error:
            if not self._is_failing:
                _log.warning("table not available: %s", error)
            self._is_failing = True
        else:
            if self._is_failing:
                _log.info("table available again")
            self._is_failing = False
        self._share_lease(node)

    async def _catch_up(self, node: Node) -> list[SourceUnavailable]:
        """Load all that moved; a partition that can't be read, each of which is returned, holds up no other."""
        started, unread = monotonic(), []
        generations = await self._call(self._source.read_generations)
        for counter in self._replica.on_generations(generations, started):
            try:
                changes, problems = await self._load_partition(node, counter)
            except SourceUnavailable as error:
                unread.append(error)
                continue
            self._replica.on_loaded(counter, node.broadcast(changes), problems)
            self._log_new(counter, problems)
        self._share_lease(node)
        return unread

    def _log_new(self, counter: Counter, problems: tuple[str, ...]) -> None:
        for problem in problems:
            if problem not in self._logged.get(counter, ()):
                _log.error("skipped a bad item: %s", problem)
        self._logged[counter] = problems

    async def _load_partition(self, node: Node, counter: Counter) -> tuple[list[Change], tuple[str, ...]]:
        if counter == "zones":
            zones = await self._call(self._source.read_zones)
            return node.snapshot.replace_zones(zones.items), zones.problems
        answers = await self._call(lambda: self._source.read_shard(counter))
        return node.snapshot.replace_answers(
            counter, answers.items, self._clock.earliest(monotonic())
        ), answers.problems

    async def _wait_for_workers(self) -> None:
        try:
            async with asyncio.timeout(SWAP_SECONDS):
                while self._replica.has_swaps:
                    self._applied.clear()
                    await self._applied.wait()
        except TimeoutError:
            _log.warning("a worker is slow: not acknowledged yet")

    async def _beat(self) -> None:
        now = monotonic()
        instant = Instant(round(self._clock.latest(now) * 1000), now)
        heartbeat = self._replica.build_heartbeat(instant, self._watch.look(now))
        if heartbeat:
            await self._call(lambda: self._source.write_row(heartbeat.row))
            self._replica.on_landed(heartbeat, monotonic())

    def _share_lease(self, node: Node) -> None:
        """Send the lease after the changes it speaks for: the pipe keeps their order."""
        if self._replica.lease != self._shared_lease:
            self._shared_lease = self._replica.lease
            self._replica.on_lease_sent(node.broadcast([SetLease(self._shared_lease)]))

    async def _call[T](self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._calls, call)
