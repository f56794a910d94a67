"""The rate limit on a real node: truncated beyond it, never dropped, whole over TCP."""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

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


def test_silence_stays_silence_among_truncated_responses(limited: NodeProcess) -> None:
    """A flood of responses is answered by nothing at all, also beyond the limit."""
    response = b"\0\1\x80\0" + b"\0\1" * 4 + b"\xff" * 20
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.connect(limited.dns)
        for _ in range(FLOOD // 2):
            sock.send(response)
            sock.send(QUERY)
        found = [Response(sock.recv(2048)) for _ in range(FLOOD // 2)]
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(2048)
    assert any(each.is_truncated for each in found)
    assert all(each.wire[:2] == QUERY[:2] for each in found)


def test_what_is_truncated_is_counted(limited: NodeProcess) -> None:
    """The metrics tell how much was limited."""
    short = [response for response in flood(limited, "127.0.0.1") if response.is_truncated]
    address, port = limited.health
    with urlopen(f"http://{address}:{port}/metrics", timeout=10) as response:
        metrics = dict(line.rsplit(" ", 1) for line in response.read().decode().splitlines() if line[:1] != "#")
    assert int(float(metrics["dnsnode_dns_rate_limited_total"])) >= len(short) > 0
