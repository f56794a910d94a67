"""A worker process: answers DNS and HTTP-01 from memory, and changes what it serves as its parent says."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Thread
from time import monotonic

from dnsnode.address import Address
from dnsnode.changes import Batch, Message, Notified, Open, Reply, Tell
from dnsnode.lease import Lease
from dnsnode.line_writer import LineWriter
from dnsnode.metrics import DNS_QUERIES, DNS_RATE_LIMITED, DNS_TRUNCATED, HTTP_REQUESTS, TCP_CONNECTIONS, Key, Tally
from dnsnode.query_log import Note, QueryLog
from dnsnode.rate_limit import RateLimit
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
    rate_limit: int
    query_log: float
    heeds_notices: bool
    deployment: str = ""


_log = logging.getLogger(__name__)
_SWITCH_SECONDS = 0.0005
"""How long UDP waits for TCP at most, or TCP for UDP: a tenth of Python's own.

Beside TCP queries without pause, on two cores, the p99 of UDP was 9 to 18 ms with the latter, and is 4.6 ms with this.
"""
_NOTICE_SECONDS = 0.05
"""Between two notices to the parent, however many come."""


def run_worker(pipe: Connection, settings: WorkerSettings) -> None:
    """Serve until the parent closes the pipe; signals for the group are the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    gc.disable()  # until it opens: what it is sent is no garbage, and among a million answers none is found slowly
    sys.setswitchinterval(_SWITCH_SECONDS)
    asyncio.run(_Worker(pipe, settings).run())


class _Worker:
    """One thread for UDP, and this one for TCP, HTTP and the pipe."""

    def __init__(self, pipe: Connection, settings: WorkerSettings) -> None:
        self._pipe = pipe
        self._settings = settings
        on_notify = self._on_notify if settings.heeds_notices else None
        self._serving = Serving(settings.challenge_host, settings.lease, on_notify, settings.deployment)
        self._ports: dict[str, Port] = {}
        self._http_statuses: Counter[str] = Counter()
        self._loop: asyncio.AbstractEventLoop
        self._is_notice_due, self._noticed_at = False, 0.0

    async def run(self) -> None:
        loop = self._loop = asyncio.get_running_loop()
        messages: asyncio.Queue[Message | None] = asyncio.Queue()

        def receive() -> None:
            try:
                messages.put_nowait(self._pipe.recv())
            except (EOFError, OSError):
                loop.remove_reader(self._pipe.fileno())
                messages.put_nowait(None)

        loop.add_reader(self._pipe.fileno(), receive)
        while (message := await messages.get()) is not None:
            reply: Reply
            match message:
                case Batch(reply, changes):
                    now = monotonic()
                    for change in changes:
                        self._serving.apply(change, now)
                case Open(reply):
                    gc.freeze()  # looking through all that was loaded would hold up queries
                    gc.enable()
                    self._open()
                case Tell():
                    reply = self._tally()
            self._pipe.send(reply)
        for port in self._ports.values():
            port.close()

    def _open(self) -> None:
        udp, most, settings = open_udp(self._settings.dns), share_descriptors(2), self._settings
        log = QueryLog(settings.query_log, LineWriter(sys.stdout.fileno()).write) if settings.query_log else None
        respond_tcp = self._logged(log.note("tcp")) if log else self._respond_tcp
        self._ports = {
            "dns": listen(settings.dns, converse_dns(respond_tcp), settings.tcp_idle_seconds, most),
            "http": listen(settings.http, converse_http(self._respond_http), HTTP_SECONDS, most),
        }
        Thread(target=self._serve_udp, args=(udp, log.note("udp") if log else None), name="udp", daemon=True).start()

    def _serve_udp(self, sock: socket.socket, note: Note | None) -> None:
        """Answer over UDP; a worker that no longer can is no use, and gets replaced."""
        try:
            serve_udp(sock, self._serving.dns, self._serving.udp_counts, RateLimit(self._settings.rate_limit), note)
        finally:
            _log.critical("UDP is answered no more: the worker ends", exc_info=True)
            os._exit(os.EX_SOFTWARE)

    def _on_notify(self) -> None:
        """Have the parent told, from any thread; what comes before that is told with it."""
        if not self._is_notice_due:
            self._is_notice_due = True
            self._loop.call_soon_threadsafe(self._plan_notice)

    def _plan_notice(self) -> None:
        self._loop.call_at(self._noticed_at + _NOTICE_SECONDS, self._tell_notice)

    def _tell_notice(self) -> None:
        self._is_notice_due, self._noticed_at = False, self._loop.time()
        with suppress(OSError):  # the parent is gone, and this worker ends
            self._pipe.send(Notified())

    def _respond_tcp(self, query: bytes) -> bytes | None:
        return self._serving.respond_tcp(query, monotonic())

    def _logged(self, note: Note) -> Callable[[bytes], bytes | None]:
        def respond(query: bytes) -> bytes | None:
            response = self._respond_tcp(query)
            note(query, self._ports["dns"].host, response)
            return response

        return respond

    def _respond_http(self, head: bytes) -> bytes:
        response = self._serving.respond_http(head, monotonic())
        self._http_statuses[response[9:12].decode()] += 1
        return response

    def _tally(self) -> Tally:
        counts = {"udp": self._serving.udp_counts, "tcp": self._serving.tcp_counts}
        counters: dict[Key, int] = {
            (DNS_QUERIES, protocol, outcome.name.lower()): number
            for protocol, counted in counts.items()
            for outcome, number in counted.read().items()
        }
        counters |= {(HTTP_REQUESTS, status): number for status, number in self._http_statuses.items()}
        counters[DNS_TRUNCATED,] = sum(counted.truncated for counted in counts.values())
        counters[DNS_RATE_LIMITED,] = sum(counted.limited for counted in counts.values())
        return Tally(counters, {(TCP_CONNECTIONS, name): port.connections for name, port in self._ports.items()})
