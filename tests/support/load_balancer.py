"""A stand-in for a network load balancer before the nodes, on loopback, whose time is moved by health checks.

`check` is one round of health checks and moves its clock by their interval, however long the machine takes for it: no
wait here is on a real clock. Modelled, of AWS' user guide for network load balancers unless said otherwise:

- UDP: the packets of one source address and port are a flow, which stays with its target until it has been idle for two
  minutes. TCP: a connection stays with its target. New flows go to the targets in turn (there: by a hash of the flow).
- Health: HTTP, consecutive checks, thresholds. Only healthy targets get new flows; if there is none, all do.
- Unhealthy: TCP connections are reset. UDP flows go to another target with their next packet (an answer of AWS's on
  re:Post). New flows go on coming for `SENT_AFTER_FAILED_CHECKS` (as measured, decision 0026).
- Deregistered: connections and flows go on until the deregistration delay is over. With connection termination they
  are then ended "shortly after", here one check later. New flows go on coming for `SENT_AFTER_DEREGISTRATION` (as
  measured). Checks still count: the guide says that it may be sent to "if the deregistered target stays healthy".

Not modelled: zones, more than one load balancer node, the minutes that registration takes, passive health checks, the
client's address (nodes see a loopback one). So that no client has to wait for what can't come, it is told by an empty
datagram, or the end of its connection, that its query to a node that has ended is lost; there, packets to it vanish.
"""

import asyncio
import itertools
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from typing import Final, Self

from tests.support.node_process import Server
from tests.support.update_numbers import SENT_AFTER_DEREGISTRATION, SENT_AFTER_FAILED_CHECKS, TargetGroup

UDP_IDLE: Final = 120
CHECK_TIMEOUT_SECONDS: Final = 30.0
"""Real ones, for a machine that is slow; there, 6."""
LOST: Final = b""


@dataclass(slots=True, eq=False)
class Target:
    """One registered node; times are the load balancer's."""

    dns: Server
    health: Server
    is_healthy: bool = False
    healthy_until: float = -inf
    deregistered_at: float = inf
    has_ended: bool = False
    in_a_row: list[bool] = field(default_factory=list)
    """The checks' last results, all alike."""

    def note(self, passed: bool, now: float, group: TargetGroup) -> None:
        """Take in a health check."""
        self.in_a_row = [*(self.in_a_row if passed in self.in_a_row else []), passed]
        if passed and len(self.in_a_row) >= group.healthy:
            self.is_healthy = True
        if not passed and self.is_healthy and len(self.in_a_row) >= group.unhealthy:
            self.is_healthy, self.healthy_until = False, now


class LoadBalancer:
    """Serves DNS at `udp` and `tcp` for its targets; use it with `async with`."""

    def __init__(self, group: TargetGroup) -> None:
        self.now = 0.0
        self.targets: list[Target] = []
        self._group = group
        self._udp_turns, self._tcp_turns = itertools.count(), itertools.count()
        self._flows: dict[Server, _Flow] = {}
        self._connections: set[_Connection] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Listener(self), local_addr=("127.0.0.1", 0))
        self._tcp = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.udp: Server = self._udp.get_extra_info("sockname")
        self.tcp: Server = self._tcp.sockets[0].getsockname()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._udp.close()
        self._tcp.close()
        for flow in self._flows.values():
            flow.close()
        for connection in self._connections:
            connection.reset()
        await self._tcp.wait_closed()

    def register(self, target: Target) -> None:
        """Check a target from now on."""
        self.targets.append(target)

    def deregister(self, target: Target) -> None:
        """Begin to take a target out."""
        target.deregistered_at = min(target.deregistered_at, self.now)

    def is_unused(self, target: Target) -> bool:
        """Tell whether its deregistration delay is over."""
        return self.now >= target.deregistered_at + self._group.delay

    def note_end(self, target: Target) -> None:
        """Lose what a target has not answered, and all that is sent to it from now on, since its program has ended."""
        target.has_ended = True
        for flow in self._flows.values():
            if flow.target is target:
                flow.give_up()
        for connection in self._connections:
            if connection.target is target:
                connection.reset()

    async def check(self) -> None:
        """Check every target once and act on it: one round."""
        targets = [target for target in self.targets if not self.is_unused(target)]
        results = await asyncio.gather(*(_passes(target.health) for target in targets))
        self.now += self._group.interval
        for target, passed in zip(targets, results, strict=True):
            target.note(passed, self.now, self._group)
        for client, flow in list(self._flows.items()):
            if self.now - flow.used_at >= UDP_IDLE:
                self._flows.pop(client).close()
        for connection in self._connections:
            if not self._keeps(connection.target):
                connection.reset()

    def pass_on(self, packet: bytes, client: Server) -> None:
        """Send a datagram the way of its flow, or of a new one."""
        flow = self._flows.get(client)
        if flow and not self._keeps(flow.target):
            self._flows.pop(client).close()
            flow = None
        if not flow:
            flow = self._flows[client] = _Flow(
                self._choose(self._udp_turns), lambda answer: self._udp.sendto(answer, client)
            )
        flow.used_at = self.now
        flow.send(packet)

    def _keeps(self, target: Target) -> bool:
        """Tell whether flows that a target has go on."""
        ends_at = target.deregistered_at + self._group.delay + self._group.interval
        is_over = self._group.terminates and self.now >= ends_at
        return not is_over and (target.is_healthy or not self._healthy())

    def _choose(self, turns: Iterator[int]) -> Target:
        targets = self._receiving()
        return targets[next(turns) % len(targets)]

    def _healthy(self) -> Sequence[Target]:
        return [target for target in self.targets if target.is_healthy and target.deregistered_at == inf]

    def _receiving(self) -> Sequence[Target]:
        """List the targets of new flows, those included that should have none any more."""
        registered = [
            target for target in self.targets if self.now < target.deregistered_at + SENT_AFTER_DEREGISTRATION
        ]
        late = SENT_AFTER_FAILED_CHECKS
        return [item for item in registered if item.is_healthy or self.now < item.healthy_until + late] or registered

    async def _relay(self, reader: StreamReader, writer: StreamWriter) -> None:
        connection = _Connection(self._choose(self._tcp_turns), [writer])
        self._connections.add(connection)
        try:
            with suppress(OSError):
                if connection.target.has_ended:
                    return
                back, forth = await asyncio.open_connection(*connection.target.dns)
                connection.writers.append(forth)
                await asyncio.gather(_pump(reader, forth), _pump(back, writer))
        finally:
            connection.reset()
            self._connections.discard(connection)


@dataclass(slots=True, eq=False)
class _Connection:
    target: Target
    writers: list[StreamWriter]

    def reset(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class _Listener(asyncio.DatagramProtocol):
    def __init__(self, balancer: LoadBalancer) -> None:
        self._balancer = balancer

    def datagram_received(self, data: bytes, addr: Server) -> None:
        self._balancer.pass_on(data, addr)


class _Flow:
    """One client's datagrams to one target, from a port of their own."""

    def __init__(self, target: Target, answer: Callable[[bytes], None]) -> None:
        self.target = target
        self.used_at = 0.0
        self._answer = answer
        self._is_waiting = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(target.dns)
        asyncio.get_running_loop().add_reader(self._socket, self._receive)

    def send(self, packet: bytes) -> None:
        self._is_waiting = True
        try:
            self._socket.send(packet)
        except ConnectionError:
            self.give_up()
        if self.target.has_ended:
            self.give_up()

    def give_up(self) -> None:
        if self._is_waiting:
            self._pass_back(LOST)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def _receive(self) -> None:
        with suppress(BlockingIOError):
            try:
                self._pass_back(self._socket.recv(65_535))
            except ConnectionError:
                self.give_up()

    def _pass_back(self, answer: bytes) -> None:
        self._is_waiting = False
        self._answer(answer)


async def _pump(source: StreamReader, sink: StreamWriter) -> None:
    """Copy until the source ends, then end the sink."""
    while data := await source.read(65_536):
        sink.write(data)
        await sink.drain()
    sink.write_eof()


async def _passes(health: Server) -> bool:
    """Ask for the health page once."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection(*health)
            try:
                writer.write(b"GET /health HTTP/1.1\r\nHost: load-balancer\r\nConnection: close\r\n\r\n")
                return b" 200 " in await reader.readline()
            finally:
                writer.transport.abort()
    except OSError:
        return False
