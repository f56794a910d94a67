"""Clients that ask for one name through a load balancer, one question after the other, and keep what was not right.

One has a new port for each question, one keeps its port; one has a new connection for each question, one keeps its
connection. A question over TCP whose connection ends is asked once more over another (RFC 7766 §6.2.4), over UDP never.
"""

import asyncio
import itertools
import socket
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Protocol, Self

from tests.support.dns_client import Response, build_query
from tests.support.load_balancer import LOST, LoadBalancer
from tests.support.node_process import Server

ANSWER_SECONDS: Final = 30.0
"""After which a question counts as lost."""
PAUSE_SECONDS: Final = 0.02


@dataclass(slots=True)
class Client:
    """What one client has seen; lost questions by the load balancer's time when they were asked."""

    road: "_Road"
    keeps_road: bool
    asked: int = 0
    lost: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class SteadyClients:
    """Ask as long as the `async with` lasts; the number that each value ends in must be `least` by then, or more."""

    def __init__(self, balancer: LoadBalancer, name: str) -> None:
        self.least = 0
        self._balancer = balancer
        self._name = name
        self.all = [Client(road, keeps) for keeps in (False, True) for road in (_Udp(balancer.udp), _Tcp(balancer.tcp))]

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._ask_on(client)) for client in self.all]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for client in self.all:
            client.road.close()
        for error in ended:
            if isinstance(error, Exception):
                raise error

    @property
    def lost(self) -> list[float]:
        """When each lost question was asked."""
        return [at for client in self.all for at in client.lost]

    @property
    def wrong(self) -> list[str]:
        """What was answered wrongly."""
        return [what for client in self.all for what in client.wrong]

    async def go_on(self, questions: int) -> None:
        """Wait until every client has ended so many questions more."""
        wanted = [client.asked + questions for client in self.all]
        while any(client.asked < number for client, number in zip(self.all, wanted, strict=True)):
            assert not any(task.done() for task in self._tasks), "a client has failed"
            await asyncio.sleep(PAUSE_SECONDS)

    async def _ask_on(self, client: Client) -> None:
        for number in itertools.count():
            at, least = self._balancer.now, self.least
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    wire = await client.road.ask(build_query(self._name, message_id=number % 65_536))
            except TimeoutError:
                wire = LOST
            if wire == LOST:
                client.lost.append(at)
            elif _oldest(wire[2:]) < least:
                client.wrong.append(f"{Response(wire).parsed}, at least {least} expected")
            if wire == LOST or not client.keeps_road:
                client.road.close()
            client.asked += 1
            await asyncio.sleep(PAUSE_SECONDS)


@cache
def _oldest(message: bytes) -> int:
    """Give the least number of a response without its id; below all others for one without values."""
    response = Response(b"\0\0" + message)
    numbers = [int(value.rpartition("-")[2]) for value in response.answers]
    return min(numbers, default=-1) if response.rcode == "NOERROR" else -1


class _Road(Protocol):
    """A way to ask, opened by the first question after it was closed."""

    async def ask(self, query: bytes) -> bytes:
        """Send a message and return the one that comes back, or `LOST`."""
        ...

    def close(self) -> None: ...


class _Udp:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._socket: socket.socket | None = None

    async def ask(self, query: bytes) -> bytes:
        if not self._socket:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.connect(self._server)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._socket, query)
        answer = await loop.sock_recv(self._socket, 65_535)
        assert answer == LOST or answer[:2] == query[:2], "the answer to another question"
        return answer

    def close(self) -> None:
        if self._socket:
            self._socket.close()
        self._socket = None


class _Tcp:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._streams: tuple[StreamReader, StreamWriter] | None = None

    async def ask(self, query: bytes) -> bytes:
        for _ in range(2):
            try:
                return await self._exchange(len(query).to_bytes(2) + query)
            except (OSError, IncompleteReadError):
                self.close()
        return LOST

    async def _exchange(self, message: bytes) -> bytes:
        reader, writer = self._streams = self._streams or await asyncio.open_connection(*self._server)
        writer.write(message)
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))

    def close(self) -> None:
        if self._streams:
            self._streams[1].transport.abort()
        self._streams = None
