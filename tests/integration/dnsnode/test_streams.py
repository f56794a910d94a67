"""DNS over TCP, over real connections."""

import socket
from collections.abc import Iterator
from pathlib import Path
from struct import pack

import pytest

from tests.integration.dnsnode.samples import RECORDS, UUID, ZONE
from tests.support.dns_client import Response, ask, build_query, receive_tcp, send_tcp
from tests.support.node_process import NodeProcess, write_records

NAME = f"{UUID}.{ZONE}"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A node that closes idle connections after 0.3 seconds."""
    folder: Path = tmp_path_factory.mktemp("hasty")
    records = write_records(folder / "records.json", RECORDS)
    with NodeProcess(folder / "log", "--tcp-idle-seconds", "0.3", records=records) as node:
        yield node


def test_pipelined_queries_are_all_answered_in_order(node: NodeProcess) -> None:
    """Fifty queries in one write, each answered under its own id."""
    queries = [build_query(NAME, message_id=number) for number in range(50)]
    responses = send_tcp(node.dns, queries)
    assert [int.from_bytes(response[:2]) for response in responses] == list(range(50))
    assert all(Response(response).answers == ["another", "value"] for response in responses)


def test_a_query_may_come_byte_by_byte(node: NodeProcess) -> None:
    """Length and message may be cut anywhere."""
    query = build_query(NAME)
    with socket.create_connection(node.dns, 5) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in len(query).to_bytes(2) + query:
            sock.sendall(bytes((byte,)))
        assert Response(receive_tcp(sock)).answers == ["another", "value"]


@pytest.mark.parametrize("sent", [b"", b"\0", b"\0\x20half"], ids=["nothing", "half a length", "half a query"])
def test_an_idle_connection_is_closed(hasty: NodeProcess, sent: bytes) -> None:
    """Who says nothing, or stops half way, is cut off."""
    with socket.create_connection(hasty.dns, 5) as sock:
        sock.sendall(sent)
        assert sock.recv(1) == b""


def test_a_response_sent_over_tcp_ends_the_connection(node: NodeProcess) -> None:
    """A message with QR set gets no answer, and the connection is over."""
    with socket.create_connection(node.dns, 5) as sock:
        sock.sendall(b"\0\x0c\x12\x34\x80" + b"\0" * 9)
        assert sock.recv(1) == b""


def test_idle_connections_shut_nobody_out(node: NodeProcess) -> None:
    """With 300 connections that say nothing, a fresh one is answered, and so is UDP."""
    idle = [socket.create_connection(node.dns, 5) for _ in range(300)]
    try:
        assert ask(node.dns, NAME, transport="tcp").answers == ["another", "value"]
        assert ask(node.dns, NAME).answers == ["another", "value"]
    finally:
        for sock in idle:
            sock.close()


def test_a_connection_that_is_broken_off_is_not_worth_a_log_line(tmp_path: Path) -> None:
    """At any moment, on either port: strangers must not fill the log, which costs money."""
    records = write_records(tmp_path / "records.json", RECORDS)
    query = build_query(NAME)
    with NodeProcess(tmp_path / "log", records=records) as node:
        before = node.log.read_text()
        for address, whole in ((node.dns, len(query).to_bytes(2) + query), (node.http, b"GET / HTTP/1.0\r\n\r\n")):
            for sent in (b"", whole[:5], whole, whole * 20):
                for is_reset in (True, False) * 5:
                    break_off(address, sent, is_reset=is_reset)
        assert ask(node.dns, NAME, transport="tcp").answers == ["another", "value"]
    assert node.log.read_text() == before


def break_off(address: tuple[str, int], sent: bytes, *, is_reset: bool) -> None:
    """Send, and close or reset the connection without reading."""
    with socket.create_connection(address, 5) as sock:
        sock.sendall(sent)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", is_reset, 0))
