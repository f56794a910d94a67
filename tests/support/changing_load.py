"""Changes and queries at once, against a node that a test feeds; every answer is judged by the history.

All of it runs in one event loop: the feeder on a Unix socket, clients over UDP and TCP, and the reader of the rows.
"""

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Final, Protocol, Self
from uuid import UUID

from certwright.domain.answer import SHARDS, shard
from tests.support.dns_client import Response, build_opt, build_query
from tests.support.fed_source import ZONE
from tests.support.history import History, Life

TICK_SECONDS: Final = 0.01
ANSWER_SECONDS: Final = 10.0
"""After which a question counts as unanswered."""


def make_names(count: int, seed: int = 1) -> list[str]:
    """Make names with labels as delegations have them."""
    random = Random(seed)
    return [f"{UUID(int=random.getrandbits(128), version=4)}.{ZONE.origin}" for _ in range(count)]


class Changing(Protocol):
    """Names that change, and what is known of it."""

    names: Sequence[str]
    random: Random
    history: History


@dataclass(slots=True)
class _Sent:
    """A change whose acknowledgement is awaited."""

    generation: int
    kind: str
    life: Life
    at: float


class Feeder:
    """The other end of a `FedSource`: sends changes, and learns from the rows what is acknowledged."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self._path = path
        self.names = names
        self.random = Random(2)
        self.history = History(self.random)
        self.sent = 0
        self.delays: list[float] = []
        self.has_left = False
        self._generations = [0] * SHARDS
        self._awaited: list[deque[_Sent]] = [deque() for _ in range(SHARDS)]
        self._acknowledged = asyncio.Event()
        self._writer: StreamWriter | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._connected, self._path)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._writer:
            self._writer.close()
        self._server.close()

    @property
    def unacknowledged(self) -> int:
        """How many changes wait for their acknowledgement."""
        return sum(map(len, self._awaited))

    async def change_for(self, seconds: float, per_second: int) -> None:
        """Publish and withdraw at a rate, in small steps; a machine that is late catches up."""
        started = monotonic()
        done = 0
        while (passed := monotonic() - started) < seconds:
            due = int(passed * per_second) - done
            self.change([self.random.choice(self.names) for _ in range(due)])
            done += due
            await asyncio.sleep(TICK_SECONDS)

    def change(self, names: Sequence[str]) -> None:
        """Send one change for each of the names."""
        now, changes = monotonic(), []
        for name in names:
            kind, life = self.history.change(name, now)
            number = shard(name)
            self._generations[number] += 1
            self._awaited[number].append(_Sent(self._generations[number], kind, life, now))
            changes.append((kind, name, life.value))
        self.sent += len(changes)
        assert self._writer
        self._writer.write(json.dumps(changes).encode() + b"\n")

    async def all_acknowledged(self) -> None:
        """Wait until nothing is awaited any more."""
        while self.unacknowledged:
            self._acknowledged.clear()
            await self._acknowledged.wait()

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._writer = writer
        self.change(self.names)
        with suppress(ConnectionError):  # the node was killed
            async for line in reader:
                acks = json.loads(line)
                self.has_left = acks is None
                self._take_in(acks or [])

    def _take_in(self, acks: list[int]) -> None:
        now = monotonic()
        for awaited, ack in zip(self._awaited, acks, strict=False):
            while awaited and awaited[0].generation <= ack:
                sent = awaited.popleft()
                self.delays.append(now - sent.at)
                if sent.kind == "put":
                    sent.life.visible_at = now
                else:
                    sent.life.gone_at = now
        self._acknowledged.set()


@dataclass(slots=True)
class Asked:
    """What the clients counted; withheld is what a node that can't see answers with SERVFAIL."""

    unanswered: int = 0
    withheld: int = 0
    delays: list[float] = field(default_factory=list)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, _: object) -> None:
        self.received.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        """A worker is being replaced: the question counts as unanswered."""


async def ask_over_udp(server: tuple[str, int], feeder: Changing, asked: Asked, pause_seconds: float) -> None:
    """Ask for one name after the other until cancelled, each from a port of its own: a port sticks to a worker."""
    while True:
        transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(_Datagrams, remote_addr=server)
        try:
            name, at = feeder.random.choice(feeder.names), monotonic()
            transport.sendto(build_query(name, opt=build_opt()))
            async with asyncio.timeout(ANSWER_SECONDS):
                _judge(await protocol.received.get(), name, at, feeder, asked)
        except TimeoutError:
            asked.unanswered += 1
        finally:
            transport.close()
        await asyncio.sleep(pause_seconds)


async def ask_over_tcp(server: tuple[str, int], feeder: Changing, asked: Asked, pause_seconds: float) -> None:
    """Ask one question after the other on one connection, and open another when it ends."""
    while True:
        try:
            reader, writer = await asyncio.open_connection(*server)
            try:
                while True:
                    name, at = feeder.random.choice(feeder.names), monotonic()
                    query = build_query(name)
                    writer.write(len(query).to_bytes(2) + query)
                    response = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
                    _judge(response, name, at, feeder, asked)
                    await asyncio.sleep(pause_seconds)
            finally:
                writer.close()
        except (OSError, asyncio.IncompleteReadError):
            asked.unanswered += 1
            await asyncio.sleep(pause_seconds)


def _judge(wire: bytes, name: str, at: float, feeder: Changing, asked: Asked) -> None:
    now, response = monotonic(), Response(wire)
    asked.delays.append(now - at)
    if response.rcode == "SERVFAIL":
        asked.withheld += 1
    else:
        feeder.history.check(name, response.answers if response.rcode == "NOERROR" else [response.rcode], at, now)


@asynccontextmanager
async def asking(server: tuple[str, int], feeder: Changing, per_second: int, clients: int = 8) -> AsyncIterator[Asked]:
    """Ask from several clients at once, one in four over TCP, until the block ends."""
    asked = Asked()
    pause = clients / per_second
    tasks = [
        asyncio.create_task((ask_over_tcp if number % 4 == 0 else ask_over_udp)(server, feeder, asked, pause))
        for number in range(clients)
    ]
    try:
        yield asked
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended
