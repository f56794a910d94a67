"""Health on a private port: everything was loaded once, and the node answers itself over UDP and TCP.

The age of what is loaded plays no part: an orchestrator would end the last node that still knows the answers.
"""

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from secrets import token_bytes
from typing import Final

from dnsnode import wire
from dnsnode.address import Address, open_socket

PROBE_SECONDS: Final = 1.0
PROBE_TRIES: Final = 3
REQUEST_SECONDS: Final = 10.0
"""For a request to come, and its answer to be taken."""


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


async def find_problems(dns: Address, *, is_ready: bool) -> list[str]:
    """Tell what keeps the node from being healthy."""
    if not is_ready:
        return ["not loaded yet"]
    udp, tcp = await asyncio.gather(asyncio.to_thread(ask_udp, dns), asyncio.to_thread(ask_tcp, dns))
    return [f"no answer over {name}" for name, answers in (("UDP", udp), ("TCP", tcp)) if not answers]


async def serve_health(address: Address, dns: Address, is_ready: Callable[[], bool]) -> asyncio.Server:
    """Answer every request with 200 when healthy, else 503; the body is JSON with the problems."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):  # gone, or out of time
            async with asyncio.timeout(REQUEST_SECONDS):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(_report(await find_problems(dns.reachable, is_ready=is_ready())))
                await writer.drain()
        writer.close()

    return await asyncio.start_server(converse, sock=open_socket(address, socket.SOCK_STREAM, is_shared=False))


def _report(problems: list[str]) -> bytes:
    status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
    body = json.dumps({"healthy": not problems, "problems": problems}).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
