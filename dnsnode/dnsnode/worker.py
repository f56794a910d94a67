"""A worker process: answers DNS and HTTP-01 from memory, and changes what it serves as its parent says."""

import asyncio
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Thread
from time import monotonic

from dnsnode.address import Address
from dnsnode.changes import Batch, Message, Open, Reply, Tell
from dnsnode.lease import Lease
from dnsnode.metrics import Tally
from dnsnode.rate_limit import RESPONSES_PER_SECOND, RateLimit
from dnsnode.serving import Serving
from dnsnode.streams import (
    HTTP_SECONDS,
    Port,
    converse_dns,
    converse_http,
    listen,
    share_descriptors,
)
from dnsnode.udp import open_udp, serve_udp


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker must know before it is told anything; the addresses have their real ports."""

    dns: Address
    http: Address
    challenge_host: str
    tcp_idle_seconds: float
    lease: Lease
    rate_limit: int = RESPONSES_PER_SECOND


def run_worker(pipe: Connection, settings: WorkerSettings) -> None:
    """Serve until the parent closes the pipe; signals for the group are the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    asyncio.run(_Worker(pipe, settings).run())


class _Worker:
    """One thread for UDP, and this one for TCP, HTTP and the pipe."""

    def __init__(self, pipe: Connection, settings: WorkerSettings) -> None:
        self._pipe = pipe
        self._settings = settings
        self._serving = Serving(settings.challenge_host, settings.lease)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        messages: asyncio.Queue[Message | None] = asyncio.Queue()

        def receive() -> None:
            try:
                messages.put_nowait(self._pipe.recv())
            except (EOFError, OSError):
                loop.remove_reader(self._pipe.fileno())
                messages.put_nowait(None)

        loop.add_reader(self._pipe.fileno(), receive)
        ports: list[Port] = []
        while (message := await messages.get()) is not None:
            reply: Reply
            match message:
                case Batch(reply, changes):
                    now = monotonic()
                    for change in changes:
                        self._serving.apply(change, now)
                case Open(reply):
                    ports += self._open()
                case Tell():
                    reply = self._tally()
            self._pipe.send(reply)
        for port in ports:
            port.close()

    def _tally(self) -> Tally:
        return Tally()

    def _open(self) -> list[Port]:
        udp, most, settings = open_udp(self._settings.dns), share_descriptors(2), self._settings
        ports = [
            listen(settings.dns, converse_dns(self._respond_tcp), settings.tcp_idle_seconds, most),
            listen(settings.http, converse_http(self._respond_http), HTTP_SECONDS, most),
        ]
        answering = (udp, self._serving.dns, self._serving.udp_counts, RateLimit(settings.rate_limit))
        Thread(target=serve_udp, args=answering, name="udp", daemon=True).start()
        return ports

    def _respond_tcp(self, query: bytes) -> bytes | None:
        return self._serving.respond_tcp(query, monotonic())

    def _respond_http(self, head: bytes) -> bytes:
        return self._serving.respond_http(head, monotonic())
