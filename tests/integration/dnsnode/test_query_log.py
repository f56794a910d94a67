"""The query log of the real process: switched on by an option, and silent without."""

import fcntl
import json
from pathlib import Path

import pytest

from tests.integration.dnsnode.samples import RECORDS, UUID, ZONE
from tests.support.dns_client import ask, build_query, exchange, send_tcp
from tests.support.node_process import NodeProcess, write_records

NAME = f"{UUID}.{ZONE}"
QUIET = ("--metrics-seconds", "0")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A records file of this test's own."""
    return write_records(tmp_path / "records.json", RECORDS)


def test_every_query_is_logged_where_the_share_is_all(tmp_path: Path, records: Path) -> None:
    """Over UDP and TCP, one line each, as it was answered; never what was answered."""
    with NodeProcess(tmp_path / "log", *QUIET, "--query-log", "1", records=records, processes=2) as node:
        assert node.process.stdout
        ask(node.dns, NAME)
        send_tcp(node.dns, [build_query(NAME.upper()), build_query(f"www.{ZONE}", "A")])
        exchange(node.dns, build_query(b'\x03\n\x00"\x00'))
        lines = [node.process.stdout.readline().decode() for _ in range(4)]
    found = sorted((json.loads(line) for line in lines), key=lambda line: line["time"])
    assert {(line["event"], line["client"], line["unlogged"]) for line in found} == {("query", "127.0.0.0/24", 0)}
    assert sorted((line["protocol"], line["qname"], line["qtype"], line["rcode"]) for line in found) == [
        ("tcp", f"{NAME.upper()}.", "TXT", "NOERROR"),
        ("tcp", f"www.{ZONE}.", "A", "NXDOMAIN"),
        ("udp", f"{NAME}.", "TXT", "NOERROR"),
        ("udp", "\\010\\000\\034.", "TXT", "REFUSED"),
    ]
    assert all(value not in "".join(lines) for value in RECORDS["txt"][f"{NAME}."])  # type: ignore[index]


def test_no_query_is_logged_unless_asked_for(tmp_path: Path, records: Path) -> None:
    """Nothing follows the ready line."""
    with NodeProcess(tmp_path / "log", *QUIET, records=records) as node:
        assert node.process.stdout
        ask(node.dns, NAME)
        ask(node.dns, NAME, transport="tcp")
        node.process.terminate()
        assert node.process.stdout.read() == b""


def test_queries_are_answered_while_nobody_reads_the_log(tmp_path: Path, records: Path) -> None:
    """With a pipe that holds a dozen lines, a hundred queries get their answers."""
    with NodeProcess(tmp_path / "log", *QUIET, "--query-log", "1", records=records) as node:
        assert node.process.stdout
        fcntl.fcntl(node.process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        for _ in range(50):
            assert ask(node.dns, NAME).answers == ["another", "value"]
            assert ask(node.dns, NAME, transport="tcp").answers == ["another", "value"]
