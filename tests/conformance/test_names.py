"""Names as bytes: any byte may stand in a label, a dot is no boundary, and the case of what was asked comes back."""

from tests.conformance.served import EMPTY, LONG, LONGEST_NAME, NAME, UUID, VALUES, ZONE
from tests.conformance.tables import Row, cases
from tests.support.dns_client import build_opt, build_query, encode_name, exchange
from tests.support.node_process import NodeProcess


def label(*parts: bytes) -> bytes:
    """Write labels as they are, dots and all."""
    return b"".join(bytes((len(part),)) + part for part in parts)


UUID_LABEL = label(UUID.encode())
APEX = encode_name(ZONE)
TYPE_AND_CLASS = b"\0\x10\0\1"

STRANGE: dict[str, Row] = {
    "uuid.acme in one label is no UUID below acme": (label(UUID.encode() + b".acme") + encode_name("example.test"), 5),
    "a dot at a label's end is part of it": (label(UUID.encode() + b".") + APEX, 3),
    "a label that is a dot": (label(b".") + APEX, 3),
    "acme.example in one label is no zone": (label(b"x", b"acme.example", b"test") + b"\0", 5),
    "the whole name in one label is a top-level domain": (label(NAME.encode()) + b"\0", 5),
    "an escaped dot is a backslash and a dot": (label(UUID.encode() + b"\\.acme") + encode_name("example.test"), 5),
    "a zero byte does not end the name": (label(b"a\0b") + APEX, 3),
    "a label of one zero byte": (label(b"\0") + APEX, 3),
    "a label of 63 zero bytes": (label(b"\0" * 63) + APEX, 3),
    "a zero byte after a UUID": (label(UUID.encode() + b"\0") + APEX, 3),
    "a zero byte within a UUID": (label(UUID[:20].encode() + b"\0" + UUID[21:].encode()) + APEX, 3),
    "a question within a label": (label(b"\0" + TYPE_AND_CLASS) + APEX, 3),
    "a question and an OPT within a label": (label(b"\0" + TYPE_AND_CLASS + build_opt()) + APEX, 3),
    "our apex and a question within a label": (label(b"x" + APEX + TYPE_AND_CLASS) + APEX, 3),
    "our apex and a question within a label elsewhere": (label(b"x" + APEX + TYPE_AND_CLASS) + b"\0", 5),
    "a label whose last byte looks like a length": (label(b"x\x04acme", b"example", b"test") + b"\0", 5),
    "bytes beyond ASCII": (label(bytes(range(128, 191))) + APEX, 3),
    "bytes beyond ASCII have no case": (label("ÄÖÜ".encode()) + APEX, 3),
    "a label of 63 bytes": (label(b"x" * 63) + APEX, 3),
    "127 labels": (label(*[b"x"] * 127) + b"\0", 5),
    "118 labels below our apex": (label(*[b"x"] * 118) + APEX, 3),
    "a name of 255 bytes that is not there": (label(b"e" * 56) + encode_name(LONG), 3),
    "a wildcard": (label(b"*") + APEX, 3),
}


@cases("name rcode", STRANGE)
def test_a_strange_name_is_nothing_but_a_name(node: NodeProcess, name: bytes, rcode: int) -> None:
    """It is looked up label by label, and comes back byte by byte; whether or not its like was asked before."""
    opt = build_opt()
    query = build_query(name, opt=opt)
    for before in (query, build_query(NAME, opt=opt), query):
        exchange(node.dns, before)
        wire = exchange(node.dns, query).wire
        assert (wire[3] & 0x0F, bool(wire[2] & 4)) == (rcode, rcode == 3)
        assert wire[12:][: len(query) - 12 - len(opt)] == query[12 : -len(opt)]
        assert wire[-len(opt) :] == opt


def test_the_longest_name_is_answered_and_one_byte_more_is_a_format_error(node: NodeProcess) -> None:
    """255 bytes, lengths and root included (RFC 1035 §2.3.4)."""
    assert len(encode_name(LONGEST_NAME)) == 255
    assert exchange(node.dns, build_query(LONGEST_NAME)).answers == ["longest"]
    assert exchange(node.dns, build_query(f"x{LONGEST_NAME}")).rcode == "FORMERR"


CASED: dict[str, Row] = {
    "an answer": (NAME, "NOERROR", VALUES),
    "a denial of data": (f"{EMPTY}.{ZONE}", "NOERROR", []),
    "a denial of the name": (f"nothing.{ZONE}", "NXDOMAIN", []),
    "a refusal": ("www.example.org", "REFUSED", []),
}


@cases("name rcode answers", CASED)
def test_the_case_of_the_question_is_kept(node: NodeProcess, name: str, rcode: str, answers: list[str]) -> None:
    """All cases are one name, and the asker finds its own in the response: 0x20 protects resolvers."""
    alternating = "".join(letter.upper() if at % 2 else letter.lower() for at, letter in enumerate(name))
    for spelt in (name.lower(), name.upper(), name.title(), name.swapcase(), alternating):
        query = build_query(spelt)
        response = exchange(node.dns, query)
        assert (response.rcode, response.answers) == (rcode, answers)
        assert response.wire[12:][: len(query) - 12] == query[12:]
