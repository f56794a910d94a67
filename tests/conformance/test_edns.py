"""EDNS (RFC 6891): what is understood is answered in kind, what is unknown is ignored, what is malformed is refused."""

import pytest

from tests.conformance.served import EMPTY, LOWER, NAME, VALUES, ZONE
from tests.conformance.tables import Row, cases
from tests.support.dns_client import Response, Transport, build_opt, build_query, exchange
from tests.support.node_process import NodeProcess

DO = 0x8000
COOKIE = b"\0\x0a\0\x08abcdefgh"
NAMES = (NAME, f"{EMPTY}.{ZONE}", f"www.{ZONE}", ZONE, LOWER, "example.org")
"""An answer, two denials, an apex, a zone within another's, a refusal."""
both = pytest.mark.parametrize("transport", ["udp", "tcp"])

ACCEPTED: dict[str, Row] = {
    "a plain OPT": (build_opt(),),
    "payload 0": (build_opt(payload=0),),
    "payload 1": (build_opt(payload=1),),
    "payload 511": (build_opt(payload=511),),
    "payload 65535": (build_opt(payload=65_535),),
    "DO": (build_opt(flags=DO),),
    "DO with payload 0": (build_opt(payload=0, flags=DO),),
    "all flags but DO": (build_opt(flags=0x7FFF),),
    "all flags": (build_opt(flags=0xFFFF),),
    "one unknown flag": (build_opt(flags=0x0001),),
    "upper bits of an rcode, which mean nothing in a query": (build_opt()[:5] + b"\xff" + build_opt()[6:],),
    "an unknown option": (build_opt(options=b"\xff\xfe\0\3xyz"),),
    "an unknown option without content": (build_opt(options=b"\0\x64\0\0"),),
    "option 0": (build_opt(options=b"\0\0\0\0"),),
    "NSID": (build_opt(options=b"\0\3\0\0"),),
    "a client cookie": (build_opt(options=COOKIE),),
    "a client cookie and DO": (build_opt(options=COOKIE, flags=DO),),
    "a client's and a server's cookie": (build_opt(options=b"\0\x0a\0\x18" + b"abcdefgh" * 3),),
    "a cookie of no length there is": (build_opt(options=b"\0\x0a\0\1a"),),
    "a client subnet": (build_opt(options=b"\0\x08\0\7\0\1\x18\0\xc0\0\2"),),
    "a TCP keepalive": (build_opt(options=b"\0\x0b\0\0"),),
    "padding": (build_opt(options=b"\0\x0c\0\x40" + b"\0" * 64),),
    "the same option twice": (build_opt(options=COOKIE * 2),),
    "a hundred options": (build_opt(options=b"\xff\xfe\0\0" * 100),),
}


@both
@cases("opt", ACCEPTED)
def test_an_opt_is_answered_with_our_own(node: NodeProcess, transport: Transport, opt: bytes) -> None:
    """One OPT: version 0, our payload size, only DO of the flags and only if it was set, no options."""
    ours = build_opt(flags=DO if opt[7] & 0x80 else 0)
    for name in NAMES:
        query, plain = build_query(name, opt=opt), build_query(name)
        without = exchange(node.dns, plain, transport).wire
        wire = exchange(node.dns, query, transport).wire
        assert wire == without[:10] + b"\0\1" + without[12:] + ours


@both
def test_no_opt_in_gives_none_out(node: NodeProcess, transport: Transport) -> None:
    """Who does not speak EDNS is not spoken to in it (RFC 6891 §7)."""
    for name in NAMES:
        assert exchange(node.dns, build_query(name), transport).wire[10:12] == b"\0\0"


VERSIONS: dict[str, Row] = {
    "version 1": (build_opt(version=1), 0),
    "version 255": (build_opt(version=255), 0),
    "version 1 with DO": (build_opt(version=1, flags=DO), DO),
    "version 1 with all flags": (build_opt(version=1, flags=0xFFFF), DO),
    "version 1 with an unknown option": (build_opt(version=1, options=b"\xff\xfe\0\3xyz"), 0),
    "version 1 with options of another form than version 0's": (build_opt(version=1, options=b"?"), 0),
}


@both
@cases("opt flags", VERSIONS)
def test_another_version_is_badvers(node: NodeProcess, transport: Transport, opt: bytes, flags: int) -> None:
    """BADVERS is 16: its upper bits in the OPT, which says version 0; no records, no AA (RFC 6891 §6.1.3)."""
    for name in NAMES:
        query = build_query(name, opt=opt, flags=0x0100)
        wire = exchange(node.dns, query, transport).wire
        assert wire[2:12] == b"\x81\0\0\1\0\0\0\0\0\1"
        assert wire[12:-11] == query[12 : -len(opt)]
        assert wire[-11:] == b"\0\0\x29\x04\xd0\x01\0" + flags.to_bytes(2) + b"\0\0"


def counted(*opts: bytes, name: str = NAME) -> bytes:
    """Write a query with as many additional records as given."""
    query = build_query(name)
    return query[:10] + len(opts).to_bytes(2) + query[12:] + b"".join(opts)


def misplaced(section: int) -> bytes:
    """Write a query whose OPT stands in the answer (6) or authority (8) section."""
    query = build_query(NAME)
    return query[:section] + b"\0\1" + query[section + 2 :] + build_opt()


A_RECORD = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1"
TSIG = b"\3key\0\0\xfa\0\xff\0\0\0\0\0\0"

MALFORMED: dict[str, Row] = {
    "two OPTs": (counted(build_opt(), build_opt()),),
    "two OPTs, the second with an option": (counted(build_opt(), build_opt(options=COOKIE)),),
    "an OPT and a cut one": (counted(build_opt(), build_opt()[:-1]),),
    "an OPT with an owner name": (counted(build_opt(owner=b"\1x\0")),),
    "an OPT owned by the question's name": (counted(build_opt(owner=b"\xc0\x0c")),),
    "an OPT among the answers": (misplaced(6),),
    "an OPT among the authorities": (misplaced(8),),
    "an OPT that is announced but not there": (counted(b""),),
    "an OPT that is there but not announced": (build_query(NAME) + build_opt(),),
    "two OPTs, one announced": (counted(build_opt() * 2),),
    "an OPT cut within its head": (counted(build_opt()[:5]),),
    "an OPT without its last byte": (counted(build_opt()[:-1]),),
    "an OPT with a byte more": (counted(build_opt() + b"\0"),),
    "options longer than the OPT": (
        counted(
            build_opt(options=b"\0\x0a\0\x09abcdefgh"),
        ),
    ),
    "a cut head of an option": (counted(build_opt(options=b"\0\x0a\0")),),
    "a cut head of a second option": (counted(build_opt(options=COOKIE + b"\0")),),
    "an OPT shorter than its options": (counted(build_opt(options=COOKIE)[:9] + b"\0\x0b" + COOKIE),),
    "an OPT longer than the message": (counted(build_opt()[:9] + b"\xff\xff"),),
    "an additional record that is no OPT": (counted(A_RECORD),),
    "an OPT and another record": (counted(build_opt(), A_RECORD),),
    "another record and an OPT": (counted(A_RECORD, build_opt()),),
    "a signature, which we can't check": (counted(TSIG),),
    "an OPT and a signature": (counted(build_opt(), TSIG),),
    "65535 OPTs announced": (build_query(NAME)[:10] + b"\xff\xff" + build_query(NAME)[12:] + build_opt(),),
}


@both
@cases("query", MALFORMED)
def test_a_malformed_opt_is_a_format_error(node: NodeProcess, transport: Transport, query: bytes) -> None:
    """FORMERR in a bare header, and the node goes on; whether or not a right one came before."""
    for right in (b"", build_opt(), build_opt(options=COOKIE)):
        assert exchange(node.dns, build_query(NAME, opt=right)).answers == VALUES
        response = Response(exchange(node.dns, query, transport).wire)
        assert (response.wire[:2], response.rcode, len(response.wire)) == (query[:2], "FORMERR", 12)
