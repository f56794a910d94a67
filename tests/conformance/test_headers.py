"""Headers, counts and questions: odd ones get the right refusal, hostile ones a format error or silence."""

import socket
from functools import partial

import pytest

from tests.conformance.served import EMPTY, NAME, VALUES, ZONE
from tests.conformance.tables import Row, cases
from tests.support.dns_client import Response, Transport, build_opt, build_query, encode_name, exchange
from tests.support.node_process import NodeProcess

both = pytest.mark.parametrize("transport", ["udp", "tcp"])
QUESTION = build_query(NAME)[12:]
TYPE_AND_CLASS = b"\0\x10\0\1"
RECORD = b"\xc0\x0c\0\x10\0\1\0\0\0\0\0\2\1x"


def message(body: bytes, counts: tuple[int, int, int, int] = (1, 0, 0, 0), flags: int = 0) -> bytes:
    """Write a header with an id, flags and counts, and what follows it as it is."""
    return b"\x12\x34" + flags.to_bytes(2) + b"".join(count.to_bytes(2) for count in counts) + body


in_body = partial(message, counts=(1, 0, 0, 0))

MALFORMED: dict[str, Row] = {
    "no question": (message(b"", (0, 0, 0, 0)),),
    "no question, but the bytes of one": (message(QUESTION, (0, 0, 0, 0)),),
    "no question, but a cookie": (message(build_opt(options=b"\0\x0a\0\x08abcdefgh"), (0, 0, 0, 1)),),
    "two questions": (message(QUESTION * 2, (2, 0, 0, 0)),),
    "two questions announced, one there": (message(QUESTION, (2, 0, 0, 0)),),
    "65535 questions announced": (message(QUESTION, (65_535, 0, 0, 0)),),
    "256 questions announced": (message(QUESTION, (256, 0, 0, 0)),),
    "an answer": (message(QUESTION + RECORD, (1, 1, 0, 0)),),
    "an answer announced, none there": (message(QUESTION, (1, 1, 0, 0)),),
    "an authority": (message(QUESTION + RECORD, (1, 0, 1, 0)),),
    "all sections full": (message(QUESTION + RECORD * 3, (1, 1, 1, 1)),),
    "a header alone": (in_body(b""),),
    "trailing bytes": (in_body(QUESTION + b"trailing"),),
    "one trailing byte": (in_body(QUESTION + b"\0"),),
    "a question of another after the question": (in_body(QUESTION * 2),),
    "a name that does not end": (in_body(b"\x3f" + b"x" * 20),),
    "a label of length 63 and 62 bytes": (in_body(b"\x3f" + b"x" * 62),),
    "a name without its end": (in_body(encode_name(NAME)[:-1]),),
    "a name without a type": (in_body(encode_name(NAME)),),
    "half a type": (in_body(QUESTION[:-3]),),
    "a type without a class": (in_body(QUESTION[:-2]),),
    "half a class": (in_body(QUESTION[:-1]),),
    "the root alone": (in_body(b"\0"),),
    "a pointer to itself": (in_body(b"\xc0\x0c" + TYPE_AND_CLASS),),
    "a pointer to the header": (in_body(b"\xc0\x00" + TYPE_AND_CLASS),),
    "a pointer ahead": (in_body(b"\xc0\x20" + TYPE_AND_CLASS + b"\0" * 20 + encode_name(NAME)),),
    "a pointer past the end": (in_body(b"\xff\xff" + TYPE_AND_CLASS),),
    "half a pointer": (in_body(b"\xc0"),),
    "two pointers to each other": (in_body(b"\xc0\x0e\xc0\x0c" + TYPE_AND_CLASS),),
    "a loop through a label": (in_body(b"\x05under\xc0\x0c" + TYPE_AND_CLASS),),
    "a pointer to a name that would be right": (in_body(b"\x01x\xc0\x0f\x00" + TYPE_AND_CLASS),),
    "a label of type 01": (in_body(b"\x40" + b"x" * 64 + b"\0" + TYPE_AND_CLASS),),
    "a label of type 01 below our zone": (in_body(b"\x40" + b"x" * 64 + encode_name(ZONE) + TYPE_AND_CLASS),),
    "a label of type 10": (in_body(b"\x80" + b"x" * 128 + encode_name(ZONE) + TYPE_AND_CLASS),),
    "a label of type 11 below our zone": (in_body(b"\xc5" + b"x" * 197 + encode_name(ZONE) + TYPE_AND_CLASS),),
    "a bit-string label": (in_body(b"\x41\x08\xff" + encode_name(ZONE) + TYPE_AND_CLASS),),
    "a name of 256 bytes": (in_body((b"\x3f" + b"x" * 63) * 3 + b"\x3e" + b"x" * 62 + b"\0" + TYPE_AND_CLASS),),
    "a name of 256 bytes below our zone": (in_body(b"\1x" * 118 + b"\2xx" + encode_name(ZONE) + TYPE_AND_CLASS),),
    "a name of a thousand labels": (in_body(b"\1x" * 1000 + b"\0" + TYPE_AND_CLASS),),
    "zeros": (b"\0" * 100,),
    "zeros as long as a header": (b"\0" * 12,),
}


@both
@cases("query", MALFORMED)
def test_a_malformed_query_is_a_format_error(node: NodeProcess, transport: Transport, query: bytes) -> None:
    """FORMERR in a bare header with the query's id; whether or not a right query like it came before."""
    for _ in range(2):
        response = exchange(node.dns, query, transport)
        assert (response.wire[:2], response.rcode, len(response.wire)) == (query[:2], "FORMERR", 12)
        assert exchange(node.dns, build_query(NAME), transport).answers == VALUES


OPCODES: dict[str, Row] = {
    "IQUERY": (1, QUESTION),
    "STATUS": (2, b""),
    "opcode 3": (3, QUESTION),
    "NOTIFY": (4, build_query(ZONE, "SOA")[12:]),
    "UPDATE": (5, build_query(ZONE, "SOA")[12:]),
    "DSO": (6, b""),
    "opcode 15": (15, QUESTION),
}


@both
@cases("opcode body", OPCODES)
def test_another_opcode_is_not_implemented(node: NodeProcess, transport: Transport, opcode: int, body: bytes) -> None:
    """NOTIMP in a bare header: id, opcode and RD are the query's; whatever follows the header."""
    for flags in (0x0000, 0x0100):
        for counts in ((int(bool(body)), 0, 0, 0), (1, 1, 1, 0), (0, 0, 0, 0)):
            wire = exchange(node.dns, message(body, counts, opcode << 11 | flags), transport).wire
            assert wire == message(b"", (0, 0, 0, 0), 0x8000 | opcode << 11 | flags | 4)


SILENT: dict[str, tuple[bytes]] = {
    "an empty datagram": (b"",),
    "one byte": (b"\0",),
    "a header without its last byte": (build_query(NAME)[:11],),
    "a response": (message(QUESTION, flags=0x8000),),
    "a response without a question": (message(b"", (0, 0, 0, 0), 0x8000),),
    "a response with an answer": (message(QUESTION + RECORD, (1, 1, 0, 0), 0x8400),),
    "a format error": (message(b"", (0, 0, 0, 0), 0x8001),),
    "a refusal": (message(QUESTION, flags=0x8005),),
    "a response to a NOTIFY": (message(QUESTION, flags=0xA000),),
    "bits all set": (b"\xff" * 600,),
} | {f"{size} bytes": (b"\x12\x34" + b"\0" * (size - 2),) for size in range(2, 12)}


def test_scraps_and_responses_get_silence(node: NodeProcess) -> None:
    """What has no header or has QR set is never answered: two servers can't be set on each other.

    They are all sent from one port, then a query: the first that comes back is the answer to that.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.connect(node.dns)
        for (packet,) in SILENT.values():
            for answered in (packet, build_query(NAME, message_id=0x4321)):
                sock.send(answered)
            assert Response(sock.recv(65_535)).wire[:2] == b"\x43\x21", packet


@cases("packet", SILENT)
def test_over_tcp_they_end_the_connection(node: NodeProcess, packet: bytes) -> None:
    """Nothing that follows could be trusted."""
    with socket.create_connection(node.dns, 10) as sock:
        sock.sendall(len(packet).to_bytes(2) + packet)
        assert sock.recv(1) == b""


@both
@cases("name rrtype", {
    "an answer": (NAME, "TXT"),
    "a denial of data": (f"{EMPTY}.{ZONE}", "TXT"),
    "a denial of the name": (f"no.{ZONE}", "A"),
    "a refusal": ("example.org", "A"),
    "a refused transfer": (ZONE, "AXFR"),
})  # fmt: skip
def test_only_rd_of_the_askers_flags_comes_back(
    node: NodeProcess, transport: Transport, name: str, rrtype: str
) -> None:
    """RD is copied. RA, Z, AD and CD are never set, AA and TC not because they were asked with (RFC 4035 §3.1.6)."""
    plain = exchange(node.dns, build_query(name, rrtype), transport).wire
    for flags in (0x0400, 0x0200, 0x0080, 0x0040, 0x0020, 0x0010, 0x000F, 0x06FF):
        for desired in (0x0000, 0x0100):
            wire = exchange(node.dns, build_query(name, rrtype, flags=flags | desired), transport).wire
            assert wire[2] == plain[2] | desired >> 8
            assert wire[3:] == plain[3:]


@both
def test_every_id_comes_back(node: NodeProcess, transport: Transport) -> None:
    """Also those at the ends of the range."""
    for number in (0, 1, 255, 256, 0x7FFF, 0x8000, 0xFFFF):
        query = build_query(NAME, message_id=number)
        assert exchange(node.dns, query, transport).wire[:2] == number.to_bytes(2)


SOA = b"\xc0\x0c\0\6\0\1\0\0\0\0\0\x18" + b"\0\0" + b"\0\0\0\1" * 5 + b"\0\0"
WITH_SOA: dict[str, Row] = {
    "the SOA that an IXFR brings": (SOA, 0),
    "a cut SOA": (SOA[:-10], 0),
    "a SOA that is announced but not there": (b"", 0),
    "a SOA and EDNS": (SOA + build_opt(), 1),
}


@both
@pytest.mark.parametrize("rrtype", ["AXFR", "IXFR"])
@cases("body additional", WITH_SOA)
def test_a_transfer_is_refused_and_the_soa_it_brings_is_not_read(
    node: NodeProcess, transport: Transport, rrtype: str, body: bytes, additional: int
) -> None:
    """REFUSED, with the question and nothing else (RFC 1995 §3)."""
    question = build_query(ZONE, rrtype)[12:]
    wire = exchange(node.dns, message(question + body, (1, 0, 1, additional)), transport).wire
    assert wire == message(question, (1, 0, 0, 0), 0x8005)


@both
@pytest.mark.parametrize("rrtype", ["AXFR", "IXFR"])
def test_a_transfer_is_refused_in_edns_where_it_was_asked_so(
    node: NodeProcess, transport: Transport, rrtype: str
) -> None:
    """As any other answer is, for any name."""
    for name in (ZONE, NAME, f"www.{ZONE}", "example.org"):
        response = exchange(node.dns, build_query(name, rrtype, opt=build_opt()), transport)
        assert (response.rcode, response.has_opt, response.is_authoritative) == ("REFUSED", True, False)
