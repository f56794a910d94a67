"""What strangers do to the node: each attack runs until an instant of the monotonic clock and tells how much it did."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import cycle
from random import Random
from struct import pack
from uuid import UUID

from bench.abuse.zone import HTTP_REQUEST, NAMES, ORIGIN
from tests.support.dns_client import build_opt, build_query

type Server = tuple[str, int]
type Attack = Callable[[Server, Server, float], int]
"""Given the DNS and HTTP addresses and when to stop."""

_TICK_SECONDS = 0.002


def at_rate(per_second: int, step: Callable[[], object], until: float) -> int:
    """Do steps in small bursts, as many as their time allows; time that was lost is not made up for."""
    done, credit, last = 0, 0.0, time.monotonic()
    while (now := time.monotonic()) < until:
        credit = min(credit + (now - last) * per_second, per_second / 20)
        last = now
        while credit >= 1:
            step()
            credit -= 1
            done += 1
        time.sleep(_TICK_SECONDS)
    return done


def _flood(make: Callable[[Random], bytes], per_second: int, dns: Server, _: Server, until: float) -> int:
    """Send packets without reading what comes back."""
    random = Random(1)
    packets = cycle([make(random) for _ in range(4000)])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(dns)
        return at_rate(per_second, lambda: sock.send(next(packets)), until)


def _random_name(random: Random) -> bytes:
    label = str(UUID(int=random.getrandbits(128))) if random.random() < 0.5 else f"{random.getrandbits(64):x}"
    return build_query(f"{label}.{ORIGIN}", opt=build_opt(), message_id=random.getrandbits(16))


def _real_name(random: Random) -> bytes:
    return build_query(random.choice(NAMES), opt=build_opt(), message_id=random.getrandbits(16))


def _garbage(random: Random) -> bytes:
    """Random bytes, or a good query with some of its bytes replaced."""
    if random.random() < 0.5:
        return random.randbytes(random.randrange(1, 600))
    query = bytearray(_real_name(random))
    for _ in range(random.randrange(1, 5)):
        query[random.randrange(2, len(query))] = random.getrandbits(8)
    return bytes(query)


def _hold(dns: Server, http: Server, until: float, *, sent: bytes, is_http: bool = False) -> int:
    """Keep 1,000 connections open, each with the start of something, and open those again that are closed."""
    held: list[socket.socket] = []
    opened = 0
    while time.monotonic() < until:
        while len(held) < 1000:
            held.append(socket.create_connection(http if is_http else dns, 5))
            held[-1].setblocking(False)
            held[-1].send(sent)
            opened += 1
        held = [sock for sock in held if not _is_over(sock)]
        time.sleep(0.1)
    for sock in held:
        sock.close()
    return opened


def _is_over(sock: socket.socket) -> bool:
    try:
        is_over = not sock.recv(1)
    except BlockingIOError:
        return False
    except OSError:
        is_over = True
    if is_over:
        sock.close()
    return is_over


def _pipeline_unread(dns: Server, _: Server, until: float) -> int:
    """On 50 connections send queries and never read; who is cut off comes again."""
    block = b"".join(_framed(build_query(name, opt=build_opt())) for name in NAMES[:500])
    connections: list[socket.socket] = []
    sent = 0
    while time.monotonic() < until:
        connections += [_connect(dns) for _ in range(50 - len(connections))]
        for sock in list(connections):
            try:
                sent += sock.send(block)
            except BlockingIOError:
                continue
            except OSError:
                sock.close()
                connections.remove(sock)
        time.sleep(_TICK_SECONDS)
    for sock in connections:
        sock.close()
    return sent * 500 // len(block)


def _pipeline(dns: Server, _: Server, until: float) -> int:
    """Send queries in blocks of 500 on one connection and read all responses, without pause."""
    block = b"".join(_framed(build_query(name, opt=build_opt())) for name in NAMES[:500])
    done = 0
    with socket.create_connection(dns, 5) as sock:
        sock.sendall(block)
        expected = _count_bytes(sock, 500)
        while time.monotonic() < until:
            sock.sendall(block)
            left = expected
            while left:
                left -= len(sock.recv(min(left, 1 << 16)))
            done += 500
    return done


def _count_bytes(sock: socket.socket, messages: int) -> int:
    stream = sock.makefile("rb")
    total = 0
    for _ in range(messages):
        size = int.from_bytes(stream.read(2))
        stream.read(size)
        total += 2 + size
    return total


def _send_long(dns: Server, _: Server, until: float) -> int:
    """Send messages of 65,535 bytes on fresh connections."""
    message = pack("!H", 65_535) + build_query(NAMES[0]) + b"\0" * 65_535
    done = 0
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(dns, 5) as sock:
            sock.sendall(message[: 2 + 65_535])
            sock.recv(4096)
            done += 1
    return done


def _churn(dns: Server, http: Server, until: float, *, sent: bytes, is_http: bool = False, is_read: bool = True) -> int:
    """Connect, ask, and close or reset."""
    done = 0
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(http if is_http else dns, 5) as sock:
            sock.sendall(sent)
            if is_read:
                sock.recv(4096)
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", 1, 0))
            done += 1
    return done


def _ask_http(per_second: int, _: Server, http: Server, until: float) -> int:
    """Fetch a body, each on its own connection, as CAs do."""
    good = 0

    def fetch() -> None:
        nonlocal good
        with socket.create_connection(http, 5) as sock:
            sock.sendall(HTTP_REQUEST)
            received = b""
            while some := sock.recv(4096):
                received += some
            good += received.startswith(b"HTTP/1.1 200 ")

    at_rate(per_second, fetch, until)
    return good


def _connect(server: Server) -> socket.socket:
    sock = socket.create_connection(server, 5)
    sock.setblocking(False)
    return sock


def _framed(query: bytes) -> bytes:
    return pack("!H", len(query)) + query


_QUERY = _framed(build_query(NAMES[0], opt=build_opt()))

ATTACKS: dict[str, list[Attack]] = {
    "nothing": [],
    "UDP: 20,000/s real names": [partial(_flood, _real_name, 20_000)],
    "UDP: 20,000/s random names": [partial(_flood, _random_name, 20_000)],
    "UDP: 20,000/s garbage": [partial(_flood, _garbage, 20_000)],
    "TCP: 1,000 idle": [partial(_hold, sent=b"")],
    "TCP: 1,000 with half a query": [partial(_hold, sent=_QUERY[:20])],
    "TCP: one connection, queries without pause": [_pipeline],
    "TCP: 50 that never read": [_pipeline_unread],
    "TCP: messages of 65,535 bytes": [_send_long],
    "TCP: connect, ask, close": [partial(_churn, sent=_QUERY)],
    "TCP: connect, ask, reset": [partial(_churn, sent=_QUERY, is_read=False)],
    "HTTP: 1,000 with half a head": [partial(_hold, sent=HTTP_REQUEST[:40], is_http=True)],
    "HTTP: connect, ask, close": [partial(_churn, sent=HTTP_REQUEST, is_http=True)],
    "HTTP: 1,000/s": [partial(_ask_http, 1000)],
    "HTTP: 1,000/s, UDP: 10,000/s real names": [partial(_ask_http, 1000), partial(_flood, _real_name, 10_000)],
}
