"""The socket loops by themselves: the fallback without recvmmsg, and the bound on connections."""

import asyncio
import socket
from threading import Thread

from dnsnode.address import Address
from dnsnode.streams import Connections, Streams, converse_dns, listen
from dnsnode.udp import open_udp, serve_one_packet


def test_one_packet_at_a_time_is_answered_too() -> None:
    """Where the C library has no recvmmsg: the same answers, silence where there is none to give."""
    with open_udp(Address("127.0.0.1", 0)) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect(server.getsockname())

        def serve() -> None:
            for _ in range(2):
                serve_one_packet(server, lambda query, _: None if query == b"hush" else query.upper())

        thread = Thread(target=serve)
        thread.start()
        client.send(b"hush")
        client.send(b"query")
        assert client.recv(100) == b"QUERY"
        thread.join()


def test_one_connection_too_many_ends_the_one_idle_longest() -> None:
    """A full house shuts nobody out, and who is active stays."""

    async def talk() -> list[bytes]:
        connections = Connections(most=2)

        async def converse(streams: Streams, _: Connections) -> None:
            connections.touch(streams[1])
            try:
                await converse_dns(streams, connections, bytes.upper, 5)
            finally:
                connections.drop(streams[1])

        server = await listen(Address("127.0.0.1", 0), converse, is_shared=False)
        port = server.sockets[0].getsockname()[1]
        pairs = []
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            pairs.append((reader, writer))
            if len(pairs) == 2:
                await _say(*pairs[0])
                await _say(*pairs[1])
                await _say(*pairs[0])
        await _say(*pairs[2])
        said = [await _say(*pair) for pair in (pairs[0], pairs[2])]
        ended = await pairs[1][0].read(1)
        for _, writer in pairs:
            writer.close()
        server.close()
        await server.wait_closed()
        return [*said, ended]

    assert asyncio.run(talk()) == [b"HELLO", b"HELLO", b""]


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(b"\0\x05hello")
    return (await asyncio.wait_for(reader.readexactly(7), 5))[2:]
