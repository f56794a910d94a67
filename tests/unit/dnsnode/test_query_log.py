"""The query log's lines, its sampling and its bounds."""

import json
import re
from collections.abc import Iterable
from itertools import count, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsnode import query_log
from dnsnode.query_log import MOST_LINES, QueryLog, describe, find_network_name
from tests.support.dns_client import build_opt, build_query

RESPONSE = bytes.fromhex("12348400000100010000000003777777047465737400001000010000")
BADVERS = bytes.fromhex("123480000000000000000001") + b"\0" * 8 + build_opt()[:5] + b"\x01\0\0\0\0\0"


def fields(query: bytes, response: bytes | None = RESPONSE, client: str = "192.0.2.77") -> dict[str, object]:
    """Write one line and read it back."""
    read: dict[str, object] = json.loads(describe("udp", query, client, response, now_s=1_000_000_000.5))
    return read


def unescape(name: str) -> bytes:
    """Read a label of a zone file back (RFC 1035 §5.1)."""
    return re.sub(rb"\\(\d{3})", lambda found: bytes((int(found[1]),)), name.encode("ascii"))


def test_a_line_tells_who_asked_for_what_and_what_came_of_it() -> None:
    """Time, network, protocol, question, code, size, truncation; no data."""
    assert fields(build_query("Www.test")) == {
        "event": "query",
        "time": "2001-09-09T01:46:40.500Z",
        "client": "192.0.2.0/24",
        "protocol": "udp",
        "qname": "Www.test.",
        "qtype": "TXT",
        "rcode": "NOERROR",
        "size": len(RESPONSE),
        "truncated": False,
        "unlogged": 0,
    }


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/56"),
        ("fe80::1%eth0", "fe80::/56"),
    ],
)
def test_of_a_client_only_the_network_is_told(client: str, network: str) -> None:
    """A log outlives its reasons; whom it is about must not be found in it."""
    assert find_network_name(client) == network


@pytest.mark.parametrize("label", [b"\n\r\0\x1b[2J", b'"},{"', b"\\", b".", b"\xff\xfe", b" ", b"\x7f", b"a" * 63])
def test_a_hostile_name_stays_one_line_of_ascii_and_can_be_read_back(label: bytes) -> None:
    """Terminals, parsers and readers of the log are safe from what a stranger asks for."""
    line = describe("udp", build_query(bytes((len(label),)) + label + b"\0"), "192.0.2.1", None, now_s=0)
    assert line.isascii()
    assert line.isprintable()
    assert unescape(json.loads(line)["qname"]) == label + b"."


@pytest.mark.parametrize(
    ("query", "name", "rrtype"),
    [
        (b"", None, None),
        (b"x", None, None),
        (build_query("a.test")[:-3], None, None),
        (build_query(b"\xc0\x0c"), None, None),
        (build_query(b"\0", 6), ".", "SOA"),
        (build_query("a.test", 65_280), "a.test.", "TYPE65280"),
    ],
)
def test_what_has_no_question_is_told_without_one(query: bytes, name: str | None, rrtype: str | None) -> None:
    """Garbage is logged like everything else."""
    told = fields(query, None)
    assert (told["qname"], told["qtype"], told["rcode"], told["size"]) == (name, rrtype, None, 0)


def test_the_extended_response_code_is_read() -> None:
    """BADVERS stands in the OPT record."""
    assert fields(build_query("a.test"), BADVERS)["rcode"] == "BADVERS"


def test_truncation_is_told() -> None:
    """As the TC bit of what was sent says."""
    assert fields(build_query("a.test"), RESPONSE[:2] + b"\x86" + RESPONSE[3:])["truncated"] is True


@given(st.binary(max_size=300), st.none() | st.binary(min_size=12, max_size=300))
def test_no_message_breaks_the_log(query: bytes, response: bytes | None) -> None:
    """Whatever comes in and whatever went out, there is a line."""
    assert json.loads(describe("tcp", query, "::1", response, now_s=0))["protocol"] == "tcp"


class Sheet:
    """Takes lines, as many at a time as it has room for."""

    def __init__(self, room: Iterable[bool] = repeat(True)) -> None:
        self.lines: list[str] = []
        self._room = iter(room)

    def write(self, line: str) -> bool:
        """Take a line if there is room."""
        if next(self._room):
            self.lines.append(line)
            return True
        return False

    def unlogged(self) -> list[int]:
        """Tell what each line says was left out before it."""
        return [json.loads(line)["unlogged"] for line in self.lines]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, which the test moves."""
    now = [100.0]
    monkeypatch.setattr(query_log, "monotonic", lambda: now[0])
    return now


def test_a_flood_gets_so_many_lines_a_second_and_the_rest_is_counted(clock: list[float]) -> None:
    """The first line of a later second tells how many were left out."""
    sheet = Sheet()
    note = QueryLog(1.0, sheet.write).note("udp")
    for _ in range(MOST_LINES + 250):
        note(build_query("a.test"), "192.0.2.1", None)
    assert len(sheet.lines) == MOST_LINES
    clock[0] += 1
    note(build_query("a.test"), "192.0.2.1", None)
    assert sheet.unlogged() == [0] * MOST_LINES + [250]


def test_a_share_is_logged(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    """Each query is drawn by itself."""
    draws = count()
    monkeypatch.setattr(query_log, "random", lambda: next(draws) % 10 / 10)
    sheet = Sheet()
    note = QueryLog(0.2, sheet.write).note("udp")
    for _ in range(100):
        note(build_query("a.test"), "192.0.2.1", None)
    assert len(sheet.lines) == 20


def test_lines_that_nobody_takes_are_left_out_and_counted(clock: list[float]) -> None:
    """A line that the writer has no room for is not waited for."""
    sheet = Sheet([True, False, False, True])
    note = QueryLog(1.0, sheet.write).note("udp")
    for _ in range(4):
        note(build_query("a.test"), "192.0.2.1", None)
    assert sheet.unlogged() == [0, 2]
