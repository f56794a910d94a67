"""A TCP port by itself: its bounds in number and time, and what a failure costs."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dnsnode.address import Address
from dnsnode.streams import MOST_CONNECTIONS, Converse, Port, converse_dns, converse_http, listen
from tests.support.node_process import node_environment

LONG = 60.0
SHORT = 0.3

type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def open_port(converse: Converse, seconds: float, most: int = 10) -> AsyncIterator[Port]:
    """A port on a free number of 127.0.0.1."""
    port = listen(Address("127.0.0.1", 0), converse, seconds, most)
    try:
        yield port
    finally:
        port.close()


async def connect(port: Port, source: str = "127.0.0.1") -> Streams:
    """Connect from one of the loopback addresses."""
    return await asyncio.open_connection(*port.address, local_addr=(source, 0))


async def say(streams: Streams) -> bytes:
    """Ask for the echo of a word; empty if the connection is over."""
    reader, writer = streams
    writer.write(b"\0\x05hello")
    try:
        return (await asyncio.wait_for(reader.readexactly(7), 10))[2:]
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def test_one_connection_too_many_ends_the_one_idle_longest() -> None:
    """Of one client's; who is active stays."""

    async def talk() -> list[bytes]:
        async with open_port(converse_dns(bytes.upper), LONG, most=2) as port:
            first, second = await connect(port), await connect(port)
            for streams in (first, second, first):
                await say(streams)
            third = await connect(port)
            said = [await say(streams) for streams in (third, first, second)]
            for _, writer in (first, second, third):
                writer.close()
            return said

    assert asyncio.run(talk()) == [b"HELLO", b"HELLO", b""]


def test_one_address_can_not_take_anothers_place() -> None:
    """A client that fills the port loses its own connections, though another's was idle longer."""

    async def talk() -> list[bytes]:
        async with open_port(converse_dns(bytes.upper), LONG, most=5) as port:
            quiet = await connect(port, "127.0.0.2")
            await say(quiet)
            greedy = [await connect(port) for _ in range(12)]
            said = [await say(streams) for streams in (greedy[-1], quiet, greedy[0])]
            for _, writer in (quiet, *greedy):
                writer.close()
            return said

    assert asyncio.run(talk()) == [b"HELLO", b"HELLO", b""]


@pytest.mark.parametrize(
    "converse", [converse_dns(bytes.upper), converse_http(lambda _: b"HTTP")], ids=["a query", "the head of a request"]
)
def test_a_byte_now_and_then_buys_no_time(converse: Converse) -> None:
    """The time is for the whole of it: who dribbles is cut off, though never idle."""

    async def dribble() -> None:
        async with open_port(converse, SHORT) as port:
            reader, writer = await connect(port)
            over = asyncio.create_task(reader.read())
            writer.write(b"\x47")  # 0x47.. is the length of a long message, and the beginning of GET
            while not over.done():
                writer.write(b"E")
                await asyncio.sleep(0.02)
            assert over.exception() or over.result() == b""
            writer.close()

    asyncio.run(asyncio.wait_for(dribble(), LONG))


def test_whole_queries_buy_time() -> None:
    """A connection in use lives longer than its idle time."""

    async def talk() -> set[bytes]:
        async with open_port(converse_dns(bytes.upper), 3.0) as port:
            streams = await connect(port)
            said = set()
            for _ in range(5):
                said.add(await say(streams))
                await asyncio.sleep(0.7)
            streams[1].close()
            return said

    assert asyncio.run(talk()) == {b"HELLO"}


def test_a_failure_costs_one_connection(caplog: pytest.LogCaptureFixture) -> None:
    """A fault of ours is logged once and closes the connection that met it; the port goes on."""

    def respond(query: bytes) -> bytes:
        if query == b"fault":
            raise RuntimeError("a fault of ours")
        return query.upper()

    async def talk() -> list[bytes]:
        async with open_port(converse_dns(respond), LONG) as port:
            bystander, unlucky = await connect(port), await connect(port)
            unlucky[1].write(b"\0\x05fault")
            met = await asyncio.wait_for(unlucky[0].read(), 10)
            newcomer = await connect(port)
            said = [met, await say(bystander), await say(newcomer)]
            for _, writer in (bystander, unlucky, newcomer):
                writer.close()
            return said

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(talk()) == [b"", b"HELLO", b"HELLO"]
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("soft", "hard", "expected"),
    [(4096, 4096, f"{MOST_CONNECTIONS} 4096"), (100, 3000, f"{MOST_CONNECTIONS} 2064"), (100, 164, "50 164")],
    ids=["enough", "enough when the soft limit is raised", "too few"],
)
def test_full_ports_leave_descriptors_for_the_rest(soft: int, hard: int, expected: str) -> None:
    """The soft limit is raised as far as two full ports need; where that can't be had, each holds fewer."""
    program = (
        "from resource import *; from dnsnode.streams import share_descriptors; "
        f"setrlimit(RLIMIT_NOFILE, ({soft}, {hard})); print(share_descriptors(2), getrlimit(RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=node_environment({}), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == expected
