"""DNS messages on the wire (RFC 1035 §4, EDNS: RFC 6891): what a query asks for, and the pieces of a response.

    query      id(2) flags(2) counts(8) | name type(2) class(2) | nothing, or one OPT
                     └────── frame ───────── and ───────────────────── frame ──────┘
                                          └────── question ───┘
    response   id(2) head(10)           | question               | tail | OPT

The question's bytes, in lower case, find the answer. The frame, all that surrounds the question, is the same few byte
strings again and again: it says which kind of response is wanted. The id and the question go back as they came, so
the case of the name is kept.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from struct import pack, unpack_from
from typing import Final

A, NS, SOA, TXT, AAAA, OPT, DS, IXFR, AXFR, ANY = 1, 2, 6, 16, 28, 41, 43, 251, 252, 255
IN: Final = 1
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16
QR, AA, TC, RD = 0x80, 0x04, 0x02, 0x01
"""Bits of the first flag byte."""
OPCODE: Final = 0x78
NOTIFY: Final = 0x20
"""Opcode 4, where the header has it (RFC 1996)."""
DO: Final = 0x8000
"""The one flag that EDNS has: it comes back (RFC 3225 §3)."""
HEADER: Final = 12
LONGEST_NAME: Final = 255
LONGEST_LABEL: Final = 63
_SIZES: Final = tuple(bytes((size,)) for size in range(LONGEST_LABEL + 1))
PLAIN_UDP: Final = 512
"""The longest UDP response to a query without EDNS (RFC 1035 §4.2.1)."""
OUR_PAYLOAD: Final = 1232
"""The longest UDP response at all: passes every usual path unfragmented."""
MOST_AMPLIFIED: Final = 10
"""No UDP response is more than so many times as long as its query: what would be is truncated."""

LONGEST_MESSAGE: Final = 65_535
"""What two bytes of length allow over TCP (RFC 1035 §4.2.2)."""

PLAIN_OPT: Final = 11
"""The size of an OPT without options, which is how nearly all of them come."""
NO_EDNS, EDNS, EDNS_DO = 0, 2, 4
"""Kinds of response: one of these plus 1 if RD was set."""
_OPT: Final = pack("!BHHIH", 0, OPT, OUR_PAYLOAD, 0, 0)
_OPT_DO: Final = pack("!BHHIH", 0, OPT, OUR_PAYLOAD, DO, 0)
OPT_OF_KIND: Final = (b"", b"", _OPT, _OPT, _OPT_DO, _OPT_DO)
_OPT_BADVERS: Final = pack("!BHHBB", 0, OPT, OUR_PAYLOAD, BADVERS >> 4, 0)


# Plain tuples: a named one takes 60 ns more for each query to unpack, and the garbage collector visits it for ever.
type Answer = tuple[tuple[bytes, ...], bytes]
"""A response but for its id, question and OPT: its head (flags and counts) for each kind, and its tail."""
type Frame = tuple[int, int, bytes]
"""What surrounds a question asks for: the kind of response, how long it may be over UDP, and its OPT."""


class RefusedQuery(Exception):
    """The query gets this packet instead of an answer, or silence where it is None."""

    def __init__(self, response: bytes | None) -> None:
        super().__init__()
        self.response = response


def wire_name(name: str) -> bytes:
    """Write a name, with or without its final dot, in lower case and uncompressed (RFC 1035 §3.1)."""
    plain = name.lower().removesuffix(".").encode("ascii")
    labels = plain.split(b".")
    sizes = list(map(len, labels))
    if not min(sizes) or max(sizes) > LONGEST_LABEL or len(plain) + 2 > LONGEST_NAME:
        raise ValueError(f"{name!r} is not a domain name: labels have 1 to 63 characters, names at most 253")
    return b"".join([_SIZES[size] + label for size, label in zip(sizes, labels, strict=True)]) + b"\0"


def enclosing_names(name: bytes) -> Iterator[bytes]:
    """Give the name and every name above it but the root, label by label: the end of a label may look like a name."""
    at = 0
    while name[at]:
        yield name[at:]
        at += 1 + name[at]


def question(name: bytes, rrtype: int) -> bytes:
    """Write the question for a name on the wire, class IN."""
    return name + pack("!HH", rrtype, IN)


def record(rrtype: int, ttl: int, rdata: bytes, owner: bytes = b"\xc0\x0c") -> bytes:
    """Write a record; its owner is by default a pointer to the question's name."""
    return owner + pack("!HHIH", rrtype, IN, ttl, len(rdata)) + rdata


def txt_rdata(value: str) -> bytes:
    """Write a TXT value of at most 255 bytes as one character string (RFC 1035 §3.3.14)."""
    text = value.encode("ascii")
    return bytes((len(text),)) + text


@cache
def heads(rcode: int, flags: int, records: int, authority: int) -> tuple[bytes, ...]:
    """Build flags and counts of a response with one question, for each kind."""
    return tuple(
        pack("!BBHHHH", QR | flags | kind & RD, rcode, 1, records, authority, kind >= EDNS) for kind in range(6)
    )


def build_answer(rrtype: int, ttl: int, rdatas: Sequence[bytes]) -> Answer:
    """Build an authoritative answer of one RRset owned by the question's name."""
    return heads(NOERROR, AA, len(rdatas), 0), b"".join([record(rrtype, ttl, rdata) for rdata in rdatas])


def build_denial(rcode: int, soa_record: bytes) -> Answer:
    """Build an authoritative denial, NODATA or NXDOMAIN, with the zone's SOA (RFC 2308 §2)."""
    return heads(rcode, AA, 0, 1), soa_record


def build_failure(rcode: int) -> Answer:
    """Build a response that has no records and no authority, such as REFUSED."""
    return heads(rcode, 0, 0, 0), b""


def truncate(answer: Answer) -> Answer:
    """Set TC and leave all records out: the asker is to come back over TCP (RFC 2181 §9)."""
    return tuple(bytes((head[0] | TC,)) + head[1:4] + b"\0\0\0\0" + head[8:] for head in answer[0]), b""


def fits(answer: Answer, kind: int, question_size: int, limit: int) -> bool:
    """Tell whether the whole response is at most `limit` bytes."""
    return HEADER + question_size + len(answer[1]) + len(OPT_OF_KIND[kind]) <= limit


def fits_any_udp(answer: Answer, question_size: int) -> bool:
    """Tell whether the response is whole over UDP, whether or not the query has EDNS."""
    most = MOST_AMPLIFIED * (HEADER + question_size)
    return fits(answer, EDNS, question_size, PLAIN_UDP) and fits(answer, NO_EDNS, question_size, most)


def cut(response: bytes) -> bytes:
    """Truncate a response that is on the wire: what is left is no longer than its query."""
    if response[6:10] == b"\0\0\0\0":  # nothing but a question, or not even that
        return response
    end = find_question_end(response)
    opt = response[-PLAIN_OPT:] if response[11] else b""
    return response[:2] + bytes((response[2] | TC,)) + response[3:6] + b"\0\0\0\0" + response[10:end] + opt


def failure(query: bytes, rcode: int) -> bytes:
    """Write a bare header; the id, opcode and RD are the query's."""
    return query[:2] + bytes((QR | query[2] & (OPCODE | RD), rcode)) + b"\0" * 8


def find_notified_name(query: bytes) -> bytes:
    """Read which zone's SOA a NOTIFY asks to look at, in lower case (RFC 1996 §3.6); empty for any other message."""
    if len(query) < HEADER or query[2] & (QR | OPCODE) != NOTIFY or query[4:6] != b"\0\1":
        return b""
    try:
        end = find_question_end(query)
    except RefusedQuery:
        return b""
    return query[HEADER : end - 4].lower() if query[end - 4 : end] == question(b"", SOA) else b""


def acknowledge(query: bytes) -> bytes:
    """Answer a NOTIFY whose question was read: its header and question, without what else it brings (RFC 1996 §4.7)."""
    head = bytes((QR | query[2] & (OPCODE | RD), NOERROR))
    return query[:2] + head + b"\0\1" + b"\0" * 6 + query[HEADER : find_question_end(query)]


def refuse_transfer(query: bytes, end: int) -> bytes:
    """Refuse a transfer that brings a SOA (RFC 1995 §3), which is not read, nor what follows."""
    return query[:2] + bytes((QR | query[2] & RD, REFUSED)) + b"\0\1" + b"\0" * 6 + query[HEADER:end]


def check_header(query: bytes) -> None:
    """Refuse what is no standard query: responses get silence, so that no two servers loop."""
    if len(query) < HEADER or query[2] & QR:
        raise RefusedQuery(None)
    if query[2] & OPCODE:
        raise RefusedQuery(failure(query, NOTIMP))
    if query[4:6] != b"\0\1":
        raise RefusedQuery(failure(query, FORMERR))


def find_question_end(query: bytes) -> int:
    """Walk the question's labels; a pointer, a name too long or a cut message is a format error."""
    at = HEADER
    size = len(query)
    while at < size and query[at]:
        if query[at] > LONGEST_LABEL:
            raise RefusedQuery(failure(query, FORMERR))
        at += 1 + query[at]
    if at + 5 > size or at + 1 - HEADER > LONGEST_NAME:
        raise RefusedQuery(failure(query, FORMERR))
    return at + 5


def read_frame(query: bytes, end: int) -> Frame:
    """Read flags, counts and OPT of a query whose header is checked and whose question ends at `end`."""
    rd = query[2] & RD
    if query[6:10] != b"\0\0\0\0" or query[10]:
        raise RefusedQuery(failure(query, FORMERR))
    if query[11] == 0 and len(query) == end:
        return NO_EDNS | rd, PLAIN_UDP, b""
    if query[11] != 1 or len(query) < end + PLAIN_OPT:
        raise RefusedQuery(failure(query, FORMERR))
    root, rrtype, payload, _, version, flags = unpack_from("!BHHBBH", query, end)
    if root or rrtype != OPT or int.from_bytes(query[end + 9 : end + PLAIN_OPT]) != len(query) - end - PLAIN_OPT:
        raise RefusedQuery(failure(query, FORMERR))
    if version:
        head = query[:2] + bytes((QR | rd, BADVERS & 0x0F)) + query[4:HEADER]
        raise RefusedQuery(head + query[HEADER:end] + _OPT_BADVERS + pack("!HH", flags & DO, 0))
    if not are_options_sound(query[end + 9 :]):
        raise RefusedQuery(failure(query, FORMERR))
    kind = (EDNS_DO if flags & DO else EDNS) | rd
    return kind, min(max(payload, PLAIN_UDP), OUR_PAYLOAD), OPT_OF_KIND[kind]


def are_options_sound(options: bytes) -> bool:
    """Walk an OPT's length and options, which are ignored but must be well formed (RFC 6891 §6.1.2)."""
    at = 2
    while at + 4 <= len(options):
        at += 4 + int.from_bytes(options[at + 2 : at + 4])
    return at == len(options) == 2 + int.from_bytes(options[:2])
