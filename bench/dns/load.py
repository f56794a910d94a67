"""The load: as many queries as a server takes, or two thousand a second with the time that each took."""

import select
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.dns.batches import Incoming, Outgoing

SOCKETS: Final = 4
"""Several, so that several processes of a server get some each."""
WINDOW: Final = 48
"""Queries under way on each socket: together they fit into any server's receive buffer."""
_LOST_SECONDS: Final = 0.02
"""Every so often, what is under way is taken for lost."""
_ANSWER_SECONDS: Final = 1.0

type Server = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Flood:
    """What came back in so many seconds."""

    seconds: float
    responses: int
    truncated: int
    codes: Counter[int]


@dataclass(frozen=True, slots=True)
class Latency:
    """Microseconds from a query to its response."""

    p50: float
    p99: float
    lost: int


def flood(server: Server, queries: Sequence[bytes], seconds: float) -> Flood:
    """Keep a window of queries under way on each socket."""
    outgoing, incoming = Outgoing(queries), Incoming()
    socks = [_connect(server) for _ in range(SOCKETS)]
    under_way = dict.fromkeys(socks, 0)
    responses, started = 0, time.perf_counter()
    ends, renewed = started + seconds, started
    while (now := time.perf_counter()) < ends:
        if now - renewed > _LOST_SECONDS:
            under_way, renewed = dict.fromkeys(socks, 0), now
        for sock in socks:
            came = incoming.receive(sock)
            responses += came
            missing = WINDOW - max(under_way[sock] - came, 0)
            under_way[sock] = WINDOW - missing + (outgoing.send(sock, missing) if missing else 0)
    took = time.perf_counter() - started
    for sock in socks:
        sock.close()
    return Flood(took, responses, incoming.truncated, incoming.codes)


def ask_steadily(server: Server, queries: Sequence[bytes], seconds: float, per_second: int) -> Latency:
    """Send one query after another at even times, and note how long each response took."""
    sock = _connect(server)
    sock.setblocking(False)
    number = round(seconds * per_second)
    sent: dict[bytes, float] = {}
    took: list[float] = []
    started = time.perf_counter()
    for i in range(number):
        message_id = (i % 65_536).to_bytes(2)
        due = started + i / per_second
        while (wait := due - time.perf_counter()) > 0:
            if select.select([sock], [], [], wait)[0]:
                _receive(sock, sent, took)
        sent[message_id] = time.perf_counter()
        sock.send(message_id + queries[i % len(queries)][2:])
    ends = time.perf_counter() + _ANSWER_SECONDS
    while sent and (wait := ends - time.perf_counter()) > 0:
        if select.select([sock], [], [], wait)[0]:
            _receive(sock, sent, took)
    sock.close()
    took.sort()
    return Latency(_quantile(took, 0.5), _quantile(took, 0.99), len(sent))


def _receive(sock: socket.socket, sent: dict[bytes, float], took: list[float]) -> None:
    try:
        response = sock.recv(2048)
    except BlockingIOError:
        return
    asked = sent.pop(response[:2], None)
    if asked is not None:
        took.append((time.perf_counter() - asked) * 1e6)


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")


def _connect(server: Server) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.connect(server)
    return sock
