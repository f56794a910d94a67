"""DNS over TCP (RFC 7766): many queries a connection, cut anywhere, in order; and how connections end."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conformance.served import EMPTY, MANY, MANY_VALUES, NAME, RECORDS, VALUES, ZONE
from tests.conformance.tables import Row, cases
from tests.support.dns_client import Response, build_opt, build_query, exchange, receive_tcp, send_tcp
from tests.support.node_process import NodeProcess, write_records

MIXED = (
    build_query(NAME),
    build_query(f"www.{ZONE}", "A", opt=build_opt()),
    build_query(MANY),
    build_query("example.org"),
    build_query(NAME, opt=build_opt(version=1)),
    build_query(NAME) + b"trailing",
    build_query(ZONE, "AXFR"),
    build_query(ZONE, "SOA", flags=4 << 11),
    build_query(f"{EMPTY}.{ZONE}"),
)
"""Queries of every kind that is answered: also errors leave the connection as it is."""


def framed(*messages: bytes) -> bytes:
    """Write messages as a stream has them, each after its length."""
    return b"".join(len(message).to_bytes(2) + message for message in messages)


def connect(node: NodeProcess) -> socket.socket:
    """Open a connection on which every write is a segment."""
    sock = socket.create_connection(node.dns, 20)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def numbered(count: int) -> list[bytes]:
    """Write as many queries of all kinds, each with its number for an id."""
    return [number.to_bytes(2) + MIXED[number % len(MIXED)][2:] for number in range(count)]


def expected(node: NodeProcess, queries: list[bytes]) -> list[bytes]:
    """Ask each on a connection of its own."""
    known = {query[2:]: exchange(node.dns, query, "tcp").wire[2:] for query in queries[: len(MIXED)]}
    return [query[:2] + known[query[2:]] for query in queries]


def test_queries_in_one_segment_are_all_answered_in_order(node: NodeProcess) -> None:
    """300 queries of all kinds in one write, each answered under its own id as if it were alone."""
    queries = numbered(300)
    assert send_tcp(node.dns, queries) == expected(node, queries)


def test_a_connection_takes_one_query_after_another(node: NodeProcess) -> None:
    """Fifty, each asked when the one before is answered."""
    queries = numbered(50)
    answers = expected(node, queries)
    with connect(node) as sock:
        for query, answer in zip(queries, answers, strict=True):
            sock.sendall(framed(query))
            assert receive_tcp(sock) == answer


CUTS: dict[str, Row] = {
    "byte by byte": (1,),
    "two bytes at a time": (2,),
    "three bytes at a time": (3,),
    "a query and a byte at a time": (len(framed(MIXED[0])) + 1,),
    "a query but a byte at a time": (len(framed(MIXED[0])) - 1,),
}


@cases("size", CUTS)
def test_a_stream_may_be_cut_anywhere(node: NodeProcess, size: int) -> None:
    """Lengths and messages come in any pieces."""
    queries = numbered(20)
    answers, stream = expected(node, queries), framed(*queries)
    with connect(node) as sock:
        for at in range(0, len(stream), size):
            sock.sendall(stream[at : at + size])
        assert [receive_tcp(sock) for _ in queries] == answers


def test_a_query_is_answered_before_the_next_is_whole(node: NodeProcess) -> None:
    """Nobody waits for what may never come."""
    with connect(node) as sock:
        sock.sendall(framed(MIXED[0]) + framed(MIXED[0])[:9])
        assert Response(receive_tcp(sock)).answers == VALUES
        sock.sendall(framed(MIXED[0])[9:])
        assert Response(receive_tcp(sock)).answers == VALUES


def test_who_stops_sending_still_gets_all_answers(node: NodeProcess) -> None:
    """A client may close its half after the last query; what it is owed comes whole, then the end."""
    with connect(node) as sock:
        sock.sendall(framed(*[build_query(MANY, message_id=number) for number in range(200)]))
        sock.shutdown(socket.SHUT_WR)
        for number in range(200):
            response = Response(receive_tcp(sock))
            assert (response.wire[:2], response.answers) == (number.to_bytes(2), MANY_VALUES)
        assert sock.recv(1) == b""


def test_a_slow_reader_with_a_small_window_gets_all_answers(node: NodeProcess) -> None:
    """It asks for far more than the buffers hold before it reads anything, and closes its half."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(20)
        sock.connect(node.dns)
        sock.sendall(framed(*[build_query(MANY, message_id=number) for number in range(150)]))
        sock.shutdown(socket.SHUT_WR)
        assert [receive_tcp(sock)[:2] for _ in range(150)] == [number.to_bytes(2) for number in range(150)]
        assert sock.recv(1) == b""


ENDINGS: dict[str, Row] = {
    "a message of no length": (b"\0\0",),
    "a length and no more": (b"\0\x20",),
    "half a length": (b"\0",),
    "a length longer than what comes": (b"\xff\xff" + build_query(NAME),),
    "a query but its last byte": (framed(build_query(NAME))[:-1],),
    "a scrap": (framed(b"\0" * 11),),
    "nothing": (b"",),
}


@cases("sent", ENDINGS)
def test_a_stream_that_ends_amiss_is_closed_after_the_answers_before_it(node: NodeProcess, sent: bytes) -> None:
    """What came whole is answered; nothing is said to the rest."""
    with connect(node) as sock:
        sock.sendall(framed(*MIXED[:2]) + sent)
        sock.shutdown(socket.SHUT_WR)
        assert Response(receive_tcp(sock)).answers == VALUES
        assert Response(receive_tcp(sock)).rcode == "NXDOMAIN"
        assert sock.recv(1) == b""


HUGE_OPT = build_opt(options=b"\xff\xfe\xea\x60" + b"\0" * 60_000)
TOO_LONG: dict[str, Row] = {
    "4097 bytes of nothing": (b"\0" * 4097,),
    "65535 bytes of nothing": (b"\0" * 65_535,),
    "a query and 65000 bytes": (build_query(NAME) + b"x" * 65_000,),
    "a query with an OPT of 60000 bytes": (build_query(NAME, opt=HUGE_OPT),),
}


@cases("message", TOO_LONG)
def test_a_message_longer_than_any_honest_one_is_a_format_error(node: NodeProcess, message: bytes) -> None:
    """It is read no further than 4096 bytes, as it is over UDP, and is the connection's last."""
    with connect(node) as sock:
        sock.sendall(len(message).to_bytes(2) + message[:4096])
        assert Response(receive_tcp(sock)).rcode == "FORMERR"
        assert sock.recv(1) == b""


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[NodeProcess]:
    """A node that closes idle connections after two seconds."""
    records = write_records(tmp_path / "records.json", RECORDS)
    with NodeProcess(tmp_path / "log", "--tcp-idle-seconds", "2", records=records) as node:
        yield node


IDLE = {
    "who says nothing": b"",
    "who says half a length": b"\0",
    "who says a length": b"\0\x20",
    "who stops within a query": b"\0\x20half",
    "who was answered": framed(build_query(NAME)),
    "who was answered and stops within the next": framed(build_query(NAME)) + b"\0\x20half",
}


def test_an_idle_connection_is_closed(impatient: NodeProcess) -> None:
    """Each is told nothing but what it asked for (RFC 7766 §6.2.3)."""
    with ExitStack() as opened:
        waiting = {who: opened.enter_context(connect(impatient)) for who in IDLE}
        for who, sock in waiting.items():
            sock.sendall(IDLE[who])
        for who, sock in waiting.items():
            if "answered" in who:
                assert Response(receive_tcp(sock)).answers == VALUES
            assert sock.recv(1) == b"", who
