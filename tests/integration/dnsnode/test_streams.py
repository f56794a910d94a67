"""Connections that say nothing, and such as are broken off."""

import socket
from pathlib import Path
from struct import pack

from tests.integration.dnsnode.samples import RECORDS, UUID, ZONE
from tests.support.dns_client import ask, build_query
from tests.support.node_process import NodeProcess, write_records

NAME = f"{UUID}.{ZONE}"


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
