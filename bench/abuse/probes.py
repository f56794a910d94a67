"""What a CA does meanwhile: asks for a real name over UDP, over a fresh TCP connection, and for an HTTP-01 body."""

import socket
import time
from collections.abc import Callable
from statistics import quantiles
from typing import NamedTuple

from bench.abuse.attacks import Server
from bench.abuse.zone import BODY, HTTP_REQUEST, NAMES
from tests.support.dns_client import build_opt, build_query

TIMEOUT_SECONDS = 2.0
ADDRESS = "127.0.1.2"
"""Not the attackers': rate limits and shares of connections are per client, or per network."""


class Latency(NamedTuple):
    """How long answers took, in milliseconds, and how many did not come or were wrong."""

    p50: float
    p99: float
    lost: int
    asked: int


def probe_udp(server: Server, until: float) -> Latency:
    """Ask 500 times a second."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(TIMEOUT_SECONDS)
        sock.bind((ADDRESS, 0))
        sock.connect(server)

        def ask(number: int) -> bool:
            query = build_query(NAMES[number % len(NAMES)], opt=build_opt(), message_id=number % 65_536)
            sock.send(query)
            while (response := sock.recv(4096))[:2] != query[:2]:
                pass
            return response[6:8] == b"\0\1"

        return _probe(ask, 500, until)


def probe_tcp(server: Server, until: float) -> Latency:
    """Ask 50 times a second, each time on a fresh connection."""
    query = build_query(NAMES[0], opt=build_opt())
    framed = len(query).to_bytes(2) + query

    def ask(_: int) -> bool:
        with socket.create_connection(server, TIMEOUT_SECONDS, (ADDRESS, 0)) as sock:
            sock.sendall(framed)
            return sock.makefile("rb").read(10)[8:10] == b"\0\1"

    return _probe(ask, 50, until)


def probe_http(server: Server, until: float) -> Latency:
    """Ask 50 times a second."""

    def ask(_: int) -> bool:
        with socket.create_connection(server, TIMEOUT_SECONDS, (ADDRESS, 0)) as sock:
            sock.sendall(HTTP_REQUEST)
            return sock.makefile("rb").read().endswith(BODY.encode())

    return _probe(ask, 50, until)


def _probe(ask: Callable[[int], bool], per_second: int, until: float) -> Latency:
    took: list[float] = []
    lost = number = 0
    due = time.monotonic()
    while (now := time.monotonic()) < until or not took:
        time.sleep(max(due - now, 0))
        started = time.perf_counter()
        try:
            is_good = ask(number)
        except OSError:
            is_good = False
        took.append((time.perf_counter() - started) * 1000)
        lost += not is_good
        number += 1
        due = max(due + 1 / per_second, started)
    cuts = quantiles(took, n=100)
    return Latency(cuts[49], cuts[98], lost, number)
