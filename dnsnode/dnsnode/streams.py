"""DNS over TCP (RFC 7766) and HTTP-01 over TCP: bounded connections, each with little time."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from dnsnode.address import Address, open_socket
from dnsnode.http_answers import MOST_HEAD

DNS_IDLE_SECONDS: Final = 10.0
"""For one message to arrive and its response to be taken (RFC 7766 §6.2.3)."""
HTTP_SECONDS: Final = 10.0
"""For the whole of a request and its response."""
MOST_CONNECTIONS: Final = 1000
BACKLOG: Final = 1024
LONGEST_MESSAGE: Final = 65_535
_WRITE_BUFFER: Final = 1 << 16
_MOST_LEFT_OVER: Final = 1 << 16
"""How much more than its head a client may send before it takes the response."""

type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Connections:
    """The open connections of one port; a new one takes the place of the one that was idle longest."""

    def __init__(self, most: int = MOST_CONNECTIONS) -> None:
        self._most = most
        self._by_activity: dict[asyncio.StreamWriter, None] = {}

    def touch(self, writer: asyncio.StreamWriter) -> None:
        """Note activity."""
        self._by_activity.pop(writer, None)
        while len(self._by_activity) >= self._most:
            idlest = next(iter(self._by_activity))
            del self._by_activity[idlest]
            idlest.transport.abort()
        self._by_activity[writer] = None

    def drop(self, writer: asyncio.StreamWriter) -> None:
        """Forget and close a connection; one that is full of unread data is cut off."""
        self._by_activity.pop(writer, None)
        if writer.transport.get_write_buffer_size():
            writer.transport.abort()
        writer.close()


async def listen(
    address: Address, converse: Callable[[Streams, Connections], Awaitable[None]], *, is_shared: bool = True
) -> asyncio.Server:
    """Listen and hold `converse` on each connection; a shared port is spread over all processes that listen on it."""
    connections = Connections()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.touch(writer)
        writer.transport.set_write_buffer_limits(high=_WRITE_BUFFER)
        try:
            with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):  # gone, or out of time
                await converse((reader, writer), connections)
        finally:
            connections.drop(writer)

    sock = open_socket(address, socket.SOCK_STREAM, is_shared=is_shared)
    return await asyncio.start_server(connected, sock=sock, backlog=BACKLOG, limit=LONGEST_MESSAGE + 2)


async def converse_dns(
    streams: Streams, connections: Connections, respond: Callable[[bytes], bytes | None], idle_seconds: float
) -> None:
    """Answer the queries of one connection in their order, until it is idle, or ends."""
    reader, writer = streams
    while True:
        async with asyncio.timeout(idle_seconds):
            size = int.from_bytes(await reader.readexactly(2))
            response = respond(await reader.readexactly(size))
            connections.touch(writer)
            if response is None:
                return
            writer.write(len(response).to_bytes(2) + response)
            await writer.drain()


async def converse_http(streams: Streams, respond: Callable[[bytes], bytes], seconds: float = HTTP_SECONDS) -> None:
    """Answer the one request of a connection."""
    reader, writer = streams
    async with asyncio.timeout(seconds):
        writer.write(respond(await _read_http_head(reader)))
        await writer.drain()
        writer.write_eof()
        for _ in range(_MOST_LEFT_OVER // MOST_HEAD):  # what is left unread would reset the connection
            if not await reader.read(MOST_HEAD):
                return


async def _read_http_head(reader: asyncio.StreamReader) -> bytes:
    """Read up to the empty line; what is longer than `MOST_HEAD`, or ends before, counts as malformed: b''."""
    head = b""
    while len(head) <= MOST_HEAD:
        try:
            line = await reader.readline()
        except ValueError:  # asyncio's word for a line that outgrew its buffer
            return b""
        if not line:
            return b""
        if line in (b"\r\n", b"\n"):
            return head
        head += line
    return b""
