"""Health: everything was loaded once, nobody told the node to stop, and it answers itself over UDP and TCP.

The age of what is loaded plays no part: an orchestrator would end the last node that still knows the answers.
"""

import asyncio
import json
import socket
from contextlib import suppress
from http import HTTPStatus
from secrets import token_bytes
from typing import Final

from dnsnode import wire
from dnsnode.address import Address
from dnsnode.private_port import Page

PROBE_SECONDS: Final = 1.0
PROBE_TRIES: Final = 3


def ask_udp(address: Address) -> bool:
    """Ask one question over UDP, with retries; any response to it will do."""
    with socket.socket(address.family, socket.SOCK_DGRAM) as sock, suppress(OSError):
        sock.settimeout(PROBE_SECONDS)
        sock.connect((address.host, address.port))
        for _ in range(PROBE_TRIES):
            with suppress(TimeoutError):
                query = _build_query()
                sock.send(query)
                if sock.recv(wire.OUR_PAYLOAD)[:2] == query[:2]:
                    return True
    return False


def ask_tcp(address: Address) -> bool:
    """Ask one question over TCP; any response to it will do."""
    with suppress(OSError), socket.create_connection((address.host, address.port), PROBE_SECONDS) as sock:
        query = _build_query()
        sock.sendall(len(query).to_bytes(2) + query)
        return sock.makefile("rb").read(4)[2:] == query[:2]
    return False


def _build_query() -> bytes:
    """Ask for the root's SOA, which is REFUSED whatever the zones are."""
    return token_bytes(2) + b"\0\0\0\1\0\0\0\0\0\0" + wire.question(b"\0", wire.SOA)


async def find_problems(dns: Address) -> list[str]:
    """Ask the node itself over UDP and TCP, and tell what gets no answer."""
    udp, tcp = await asyncio.gather(asyncio.to_thread(ask_udp, dns), asyncio.to_thread(ask_tcp, dns))
    return [f"no answer over {name}" for name, answers in (("UDP", udp), ("TCP", tcp)) if not answers]


def report(problems: list[str]) -> Page:
    """Show 200 when healthy, else 503, with the problems."""
    status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
    body = json.dumps({"healthy": not problems, "problems": problems})
    return Page(body, "application/json", status)
