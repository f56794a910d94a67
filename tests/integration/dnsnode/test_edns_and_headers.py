"""Headers and EDNS: what is odd gets the right refusal, what is hostile gets silence or a format error."""

import pytest

from tests.integration.dnsnode.samples import MANY_UUID, UUID, ZONE
from tests.support.dns_client import Response, build_opt, build_query, encode_name, exchange, send_udp
from tests.support.node_process import NodeProcess

NAME = f"{UUID}.{ZONE}"
GOOD = build_query(NAME)
COOKIE = b"\0\x0a\0\x08abcdefgh"


def header(flags: int, counts: tuple[int, int, int, int]) -> bytes:
    return b"\x12\x34" + flags.to_bytes(2) + b"".join(count.to_bytes(2) for count in counts)


QUESTION = GOOD[12:]


@pytest.mark.parametrize(
    "opt",
    [
        build_opt(),
        build_opt(payload=0),
        build_opt(payload=65535),
        build_opt(flags=0x8000),
        build_opt(flags=0x7FFF),
        build_opt(options=COOKIE),
        build_opt(options=b"\xff\xfe\0\0" + COOKIE),
    ],
    ids=["plain", "payload 0", "payload 65535", "DO", "unknown flags", "cookie", "unknown option"],
)
def test_edns_is_answered_with_our_own_opt(node: NodeProcess, opt: bytes) -> None:
    """One OPT, version 0, our payload size, only DO of the flags, no options."""
    response = exchange(node.dns, build_query(NAME, opt=opt))
    assert (response.rcode, response.answers) == ("NOERROR", ["another", "value"])
    wants_do = opt[7] & 0x80
    assert response.wire.endswith(build_opt(payload=1232, flags=0x8000 if wants_do else 0))
    assert response.wire[10:12] == b"\0\1"


def test_no_edns_in_gives_none_out(node: NodeProcess) -> None:
    """A query without OPT gets a response without (RFC 6891 §7)."""
    assert not exchange(node.dns, GOOD).has_opt


@pytest.mark.parametrize("name", [NAME, f"www.{ZONE}", "example.org"])
def test_an_unknown_edns_version_is_badvers(node: NodeProcess, name: str) -> None:
    """BADVERS is 16: one in the OPT's upper bits, none in the header (RFC 6891 §6.1.3)."""
    response = exchange(node.dns, build_query(name, opt=build_opt(version=1)))
    assert response.rcode == "NOERROR"
    assert response.wire.endswith(b"\0\0\x29\x04\xd0\x01\0\0\0\0\0")
    assert response.wire[6:8] == b"\0\0"


@pytest.mark.parametrize(
    ("payload", "is_truncated"), [(512, True), (1231, True), (1232, True), (4096, True), (65535, True)]
)
def test_no_udp_response_is_longer_than_1232_bytes(node: NodeProcess, payload: int, *, is_truncated: bool) -> None:
    """Thirty values never fit, whatever the asker says it could take."""
    response = exchange(node.dns, build_query(f"{MANY_UUID}.{ZONE}", opt=build_opt(payload=payload)))
    assert (response.is_truncated, response.has_opt) == (is_truncated, True)
    assert len(response.wire) < 512


@pytest.mark.parametrize(
    "query",
    [
        header(0, (1, 0, 0, 2)) + QUESTION + build_opt() * 2,
        header(0, (1, 0, 0, 1)) + QUESTION + build_opt(owner=encode_name("example.test")),
        header(0, (1, 0, 0, 1)) + QUESTION + build_opt(options=b"\0\x0a\0\x09abcdefgh"),
        header(0, (1, 0, 0, 1)) + QUESTION + build_opt(options=b"\0\x0a\0"),
        header(0, (1, 0, 0, 1)) + QUESTION + build_opt()[:-1],
        header(0, (1, 0, 0, 1)) + QUESTION,
        header(0, (1, 0, 0, 1)) + QUESTION + encode_name("x") + b"\0\1\0\1\0\0\0\0\0\0",
        header(0, (0, 0, 0, 0)),
        header(0, (2, 0, 0, 0)) + QUESTION * 2,
        header(0, (1, 1, 0, 0)) + QUESTION,
        header(0, (1, 0, 1, 0)) + QUESTION,
        header(0, (1, 0, 0, 0)),
        header(0, (1, 0, 0, 0)) + QUESTION[:-1],
        header(0, (1, 0, 0, 0)) + QUESTION[:-5],
        header(0, (1, 0, 0, 0)) + QUESTION + b"trailing",
        header(0, (1, 0, 0, 0)) + b"\xc0\x0c\0\x10\0\1",
        header(0, (1, 0, 0, 0)) + b"\x05under" + b"\xc0\x0c\0\x10\0\1",
        header(0, (1, 0, 0, 0)) + b"\x40" + b"x" * 64 + b"\0\0\x10\0\1",
        header(0, (1, 0, 0, 0)) + b"\x40" + b"x" * 64 + encode_name(ZONE) + b"\0\x10\0\1",
        header(0, (1, 0, 0, 0)) + b"\xc5" + b"x" * 197 + encode_name(ZONE) + b"\0\x10\0\1",
        header(0, (1, 0, 0, 0)) + b"\x3f" + b"x" * 20,
        header(0, (1, 0, 0, 0)) + (b"\x3f" + b"x" * 63) * 4 + b"\0\0\x10\0\1",
    ],
    ids=[
        "two OPTs",
        "OPT with an owner name",
        "option longer than the OPT",
        "half an option",
        "cut OPT",
        "OPT announced, none there",
        "additional record that is no OPT",
        "no question",
        "two questions",
        "an answer in the query",
        "authority in the query",
        "question announced, none there",
        "cut question",
        "cut name",
        "trailing bytes",
        "pointer to itself",
        "pointer loop",
        "label type 01",
        "label type 01 below our zone",
        "label type 11 below our zone",
        "label past the end",
        "name longer than 255",
    ],
)
def test_what_is_malformed_is_a_format_error(node: NodeProcess, query: bytes) -> None:
    """FORMERR in a bare header with the query's id, from a node that goes on serving."""
    assert exchange(node.dns, GOOD).rcode == "NOERROR"  # its frame is known from now on
    response = Response(send_udp(node.dns, query))
    assert response.rcode == "FORMERR"
    assert response.wire[:2] == query[:2]
    assert len(response.wire) == 12
    assert exchange(node.dns, GOOD).answers == ["another", "value"]


@pytest.mark.parametrize(("name", "opcode"), [("IQUERY", 1), ("STATUS", 2), ("NOTIFY", 4), ("UPDATE", 5), ("DSO", 6)])
def test_other_opcodes_are_not_implemented(node: NodeProcess, name: str, opcode: int) -> None:
    """NOTIMP with the opcode kept."""
    response = exchange(node.dns, build_query(NAME, flags=opcode << 11))
    assert response.rcode == "NOTIMP"
    assert response.wire[2] >> 3 & 0x0F == opcode


@pytest.mark.parametrize("query", [b"", b"\0" * 11, header(0x8000, (1, 0, 0, 0)) + QUESTION, b"\xff" * 600])
def test_responses_and_scraps_get_silence(node: NodeProcess, query: bytes) -> None:
    """No answer to what has QR set or has no header: two servers can't be set on each other."""
    with pytest.raises(TimeoutError):
        send_udp(node.dns, query, timeout_seconds=0.2)


@pytest.mark.parametrize("rrclass", [3, 4, 254, 255])
def test_other_classes_are_refused(node: NodeProcess, rrclass: int) -> None:
    """CHAOS and the rest: REFUSED."""
    assert exchange(node.dns, build_query(NAME, rrclass=rrclass)).rcode == "REFUSED"


@pytest.mark.parametrize("rrtype", ["AXFR", "IXFR"])
def test_a_transfer_is_refused_with_whatever_comes_along(node: NodeProcess, rrtype: str) -> None:
    """IXFR carries the asker's SOA in its authority section (RFC 1995 §3)."""
    query = header(0, (1, 0, 1, 0)) + build_query(ZONE, rrtype)[12:] + b"\xc0\x0c" + b"\0\6\0\1\0\0\0\0\0\0"
    assert exchange(node.dns, query).rcode == "REFUSED"


@pytest.mark.parametrize("name", [NAME, f"no.{ZONE}", "example.org"])
def test_only_rd_of_the_askers_flags_comes_back(node: NodeProcess, name: str) -> None:
    """RD is copied; RA, Z, AD and CD are never set."""
    for flags in (0x0000, 0x0100, 0x0070, 0x0130):
        wire = exchange(node.dns, build_query(name, flags=flags)).wire
        assert wire[2] & 0x01 == flags >> 8 & 0x01
        assert wire[3] & 0xF0 == 0


def test_the_case_of_the_question_is_kept(node: NodeProcess) -> None:
    """The question comes back byte by byte (0x20), in an answer, in a denial and in a refusal."""
    for name in (NAME.title(), f"No.{ZONE.title()}", "ExAmPlE.org"):
        query = build_query(name)
        assert exchange(node.dns, query).wire[12:][: len(query) - 12] == query[12:]


@pytest.mark.parametrize(
    "labels",
    [
        bytes((len(UUID) + 1 + 4,)) + UUID.encode() + b".acme" + encode_name("example.test"),
        encode_name("x")[:-1] + bytes((4 + 1 + 7,)) + b"acme.example" + encode_name("test"),
    ],
    ids=["dot within the first label", "dot within the zone's label"],
)
def test_a_dot_within_a_label_is_no_boundary(node: NodeProcess, labels: bytes) -> None:
    """A label that holds a dot is one label, and the name lies outside the zone."""
    assert exchange(node.dns, build_query(labels)).rcode == "REFUSED"


def test_a_zero_within_a_label_does_not_end_the_name(node: NodeProcess) -> None:
    """Any byte may stand in a label; the name is one below the apex that does not exist."""
    response = exchange(node.dns, build_query(b"\x03a\0b" + encode_name(ZONE), opt=build_opt()))
    assert (response.rcode, response.is_authoritative, response.wire[-11:]) == ("NXDOMAIN", True, build_opt())
