"""The rate limit on a real node: truncated beyond it, never dropped, whole over TCP."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.dnsnode.samples import RECORDS, UUID, ZONE
from tests.support.dns_client import Response, ask, build_opt, build_query
from tests.support.node_process import NodeProcess, write_records

MOST = 5
FLOOD = 200
"""Queries at once: they fit into any receive buffer, and can't be spread over so many seconds that all stay below."""
QUERY = build_query(f"{UUID}.{ZONE}", opt=build_opt())


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A node that lets each network have five responses a second."""
    folder: Path = tmp_path_factory.mktemp("limited")
    records = write_records(folder / "records.json", RECORDS)
    with NodeProcess(folder / "log", "--rate-limit", str(MOST), records=records) as node:
        yield node


def flood(node: NodeProcess, source: str) -> list[Response]:
    """Send all queries at once from one address, and take as many responses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.bind((source, 0))
        sock.connect(node.dns)
        for _ in range(FLOOD):
            sock.send(QUERY)
        return [Response(sock.recv(2048)) for _ in range(FLOOD)]


def test_a_flood_is_truncated_and_not_dropped(limited: NodeProcess) -> None:
    """Each query has its response; those beyond the limit hold no records and are no longer than the query."""
    responses = flood(limited, "127.0.0.1")
    short = [response for response in responses if response.is_truncated]
    whole = [response for response in responses if not response.is_truncated]
    assert short
    assert whole
    assert all(response.answers for response in whole)
    assert all(not response.answers and len(response.wire) <= len(QUERY) for response in short)


def test_whoever_is_truncated_gets_the_whole_answer_over_tcp(limited: NodeProcess) -> None:
    """So a forged flood shuts nobody out."""
    assert any(response.is_truncated for response in flood(limited, "127.0.0.1"))
    assert ask(limited.dns, f"{UUID}.{ZONE}", transport="tcp").answers == ["another", "value"]


def test_another_network_is_answered_whole_meanwhile(limited: NodeProcess) -> None:
    """A flood costs only its own network."""
    assert any(response.is_truncated for response in flood(limited, "127.0.0.1"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.bind(("127.0.77.1", 0))
        sock.connect(limited.dns)
        sock.send(QUERY)
        assert Response(sock.recv(2048)).answers == ["another", "value"]
