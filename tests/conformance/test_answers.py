"""The answer table, line by line, over UDP and TCP."""

import pytest

from tests.conformance.served import (
    APEX,
    DEEPER,
    EMPTY,
    INSIDE,
    LONG,
    LONGEST_NAME,
    LOWER,
    NAME,
    UUID,
    VALUES,
    WIDE,
    WIDEST_VALUE,
    ZONE,
)
from tests.conformance.tables import Row, cases
from tests.support.dns_client import Response, Transport, ask, build_query, exchange
from tests.support.node_process import NodeProcess

SOA_NUMBERS = "1 14400 3600 1209600 5"

ANSWERED: dict[str, Row] = {
    "the apex has an SOA": ((ZONE, "SOA"), [f"ns.example.test. hostmaster.{ZONE}. {SOA_NUMBERS}"], 5),
    "the apex has its NS": ((ZONE, "NS"), ["ns.example.test."], 3600),
    "a zone may have two name servers": ((INSIDE, "NS"), [f"a.ns.{INSIDE}.", f"b.ns.{INSIDE}."], 3600),
    "each zone has its own SOA": ((INSIDE, "SOA"), [f"a.ns.{INSIDE}. hostmaster.{INSIDE}. {SOA_NUMBERS}"], 5),
    "a name server within the zone has its A": ((f"a.ns.{INSIDE}", "A"), ["192.0.2.1", "192.0.2.2"], 300),
    "a name server within the zone has its AAAA": ((f"b.ns.{INSIDE}", "AAAA"), ["2001:db8::1"], 300),
    "the apex as name server has its A": ((APEX, "A"), ["192.0.2.5"], 300),
    "a UUID has all its TXT": ((NAME, "TXT"), VALUES, 1),
    "the same UUID in another zone has its own TXT": ((f"{UUID}.{INSIDE}", "TXT"), ["elsewhere"], 1),
    "an imported label has TXT as a UUID has": ((f"imported.{ZONE}", "TXT"), ["old"], 1),
    "a UUID is found in upper case": ((NAME.upper(), "TXT"), VALUES, 1),
    "a name server's label is found in upper case": ((f"A.ns.{INSIDE}", "A"), ["192.0.2.1", "192.0.2.2"], 300),
    "a name server's name may hold TXT": ((f"ns.{LOWER}", "TXT"), ["beside-addresses"], 1),
    "and keeps its addresses": ((f"ns.{LOWER}", "A"), ["192.0.2.3"], 300),
    "the widest value is served whole": ((WIDE, "TXT"), [WIDEST_VALUE], 1),
    "the longest name is answered": ((LONGEST_NAME, "TXT"), ["longest"], 1),
    "labels of 63 bytes are answered": ((LONG, "NS"), ["ns.example.test."], 3600),
    "the lower of two zones has its NS": ((LOWER, "NS"), [f"ns.{LOWER}."], 3600),
    "the lower of two zones has its TXT": ((f"{UUID}.{LOWER}", "TXT"), ["below"], 1),
    "a zone may lie two labels below another": ((f"{UUID}.{DEEPER}", "TXT"), ["far-below"], 1),
    "ANY at the apex gets one RRset": ((ZONE, "ANY"), [f"ns.example.test. hostmaster.{ZONE}. {SOA_NUMBERS}"], 5),
    "ANY at a UUID gets its TXT": ((NAME, "ANY"), VALUES, 1),
    "ANY at a name server gets one RRset": ((f"a.ns.{INSIDE}", "ANY"), ["192.0.2.1", "192.0.2.2"], 300),
    "ANY at a name with A and TXT gets one RRset": ((f"ns.{LOWER}", "ANY"), ["192.0.2.3"], 300),
}

NODATA: dict[str, Row] = {
    "the apex has no A": (ZONE, "A", ZONE),
    "the apex has no DS": (ZONE, "DS", ZONE),
    "the apex has no TXT": (ZONE, "TXT", ZONE),
    "the apex has no CAA": (ZONE, "CAA", ZONE),
    "the apex has no DNSKEY": (ZONE, 48, ZONE),
    "the apex has no record of an unknown type": (ZONE, 65_280, ZONE),
    "the apex in upper case has no MX": (ZONE.upper(), "MX", ZONE),
    "the apex of a lower zone is that zone's": (LOWER, "MX", LOWER),
    "the apex of a zone two labels down is that zone's": (DEEPER, "A", DEEPER),
    "DS at the apex of a lower zone is the upper zone's": (LOWER, "DS", ZONE),
    "DS at the apex of a zone two labels down is the upper zone's": (DEEPER, "DS", INSIDE),
    "DS below the apex of a lower zone is that zone's": (f"{UUID}.{LOWER}", "DS", LOWER),
    "a name server has no TXT": (f"a.ns.{INSIDE}", "TXT", INSIDE),
    "a name server without IPv6 has no AAAA": (f"ns.{LOWER}", "AAAA", LOWER),
    "an empty non-terminal has no A": (f"ns.{INSIDE}", "A", INSIDE),
    "an empty non-terminal has no TXT": (f"ns.{INSIDE}", "TXT", INSIDE),
    "an empty non-terminal has nothing for ANY": (f"ns.{INSIDE}", "ANY", INSIDE),
    "a UUID has no A": (NAME, "A", ZONE),
    "a UUID has no CAA": (NAME, "CAA", ZONE),
    "a UUID has no NS": (NAME, "NS", ZONE),
    "a UUID has no SOA": (NAME, "SOA", ZONE),
    "a UUID has no CNAME": (NAME, "CNAME", ZONE),
    "a UUID has no HTTPS": (NAME, "HTTPS", ZONE),
    "type 0 is a type that no name has": (NAME, 0, ZONE),
    "a meta type that is not ours is a type that no name has": (NAME, 250, ZONE),
    "a UUID in upper case has no A": (NAME.upper(), "A", ZONE),
    "a UUID that was never given out has no TXT": (f"{EMPTY}.{ZONE}", "TXT", ZONE),
    "a UUID that was never given out has no A": (f"{EMPTY}.{ZONE}", "A", ZONE),
    "a UUID that was never given out has nothing for ANY": (f"{EMPTY}.{ZONE}", "ANY", ZONE),
    "a UUID in mixed case that was never given out has no TXT": (f"{EMPTY}.{ZONE.title()}", "A", ZONE),
    "a label of the upper zone does not show at the lower zone's apex": (LOWER, "TXT", LOWER),
    "a name between two zones exists": (f"two.{INSIDE}", "A", INSIDE),
    "an imported label has no A": (f"imported.{ZONE}", "A", ZONE),
}

NXDOMAIN: dict[str, Row] = {
    "nothing lies below a UUID": (f"_acme-challenge.{NAME}", "TXT", ZONE),
    "nothing lies below an imported label": (f"x.imported.{ZONE}", "TXT", ZONE),
    "nothing lies below a name server": (f"x.a.ns.{INSIDE}", "A", INSIDE),
    "an imported label is of its own zone only": (f"imported.{INSIDE}", "TXT", INSIDE),
    "another name does not exist": (f"www.{ZONE}", "A", ZONE),
    "another name does not exist for ANY": (f"www.{ZONE}", "ANY", ZONE),
    "a name beside a name server does not exist": (f"c.ns.{INSIDE}", "A", INSIDE),
    "a UUID with one character more is none": (f"{UUID}x.{ZONE}", "TXT", ZONE),
    "a UUID with one character less is none": (f"{UUID[1:]}.{ZONE}", "TXT", ZONE),
    "a UUID without dashes is none": (f"{UUID.replace('-', '')}.{ZONE}", "TXT", ZONE),
    "a UUID with a letter beyond f is none": (f"g{UUID[1:]}.{ZONE}", "TXT", ZONE),
    "a UUID with its dashes elsewhere is none": (f"{UUID[-12:]}-{UUID[:23]}.{ZONE}", "TXT", ZONE),
    "a wildcard owner is a name like any other": (f"*.{ZONE}", "TXT", ZONE),
    "a UUID at an empty non-terminal does not exist": (f"{UUID}.ns.{INSIDE}", "TXT", INSIDE),
    "a name in a lower zone is denied by that zone": (f"www.{LOWER}", "A", LOWER),
    "a name beside a name between two zones is denied by the upper one": (f"three.{INSIDE}", "A", INSIDE),
}

REFUSED: dict[str, Row] = {
    "the root": ("", "NS"),
    "a top-level domain": ("com", "SOA"),
    "a zone's parent": ("example.test", "A"),
    "a zone's sibling": ("other.example.test", "A"),
    "a name that ends in an apex without a label's boundary": (f"x{ZONE}", "NS"),
    "a UUID under a name that is no zone": (f"{UUID}.acme.example.com", "TXT"),
    "a name server outside the zones": ("ns.example.test", "A"),
    "AXFR of a zone": (ZONE, "AXFR"),
    "AXFR of a zone below another": (LOWER, "AXFR"),
    "AXFR of a UUID": (NAME, "AXFR"),
    "AXFR of a name that is not there": (f"www.{ZONE}", "AXFR"),
    "AXFR of a zone that is not ours": ("example.org", "AXFR"),
    "IXFR of a zone without a serial": (ZONE, "IXFR"),
}

both = pytest.mark.parametrize("transport", ["udp", "tcp"])


@both
@cases("question expected ttl", ANSWERED)
def test_what_exists_is_answered_with_authority(
    node: NodeProcess, transport: Transport, question: tuple[str, str], expected: list[str], ttl: int
) -> None:
    """AA, the RRset whole with its TTL, nothing in the other sections, the question as it was asked."""
    name, rrtype = question
    response = ask(node.dns, name, rrtype, transport=transport)
    assert (response.rcode, response.is_authoritative, response.is_truncated) == ("NOERROR", True, False)
    assert response.answers == expected
    assert {record.ttl for record in response.parsed.rr} == {ttl}
    assert {str(record.rname) for record in response.parsed.rr} == {f"{name}."}
    assert (response.authority, response.parsed.ar) == ([], [])


@both
@cases("name rrtype zone", NODATA)
def test_a_name_without_the_type_has_no_data(
    node: NodeProcess, transport: Transport, name: str, rrtype: str | int, zone: str
) -> None:
    """NOERROR and the SOA of the zone that the name is in."""
    response = ask(node.dns, name, rrtype, transport=transport)
    assert response.rcode == "NOERROR"
    expect_denial(response, zone)


@both
@cases("name rrtype zone", NXDOMAIN)
def test_a_name_that_does_not_exist_is_denied(
    node: NodeProcess, transport: Transport, name: str, rrtype: str, zone: str
) -> None:
    """NXDOMAIN and the SOA of the zone that the name would be in."""
    response = ask(node.dns, name, rrtype, transport=transport)
    assert response.rcode == "NXDOMAIN"
    expect_denial(response, zone)


def expect_denial(response: Response, zone: str) -> None:
    """A denial is authoritative and can be kept for five seconds: TTL and MINIMUM of its SOA are 5 (RFC 2308 §5)."""
    assert (response.is_authoritative, response.answers, response.parsed.ar) == (True, [], [])
    (soa,) = response.parsed.auth
    assert (type(soa.rdata).__name__, str(soa.rname)) == ("SOA", f"{zone}.")
    assert (soa.ttl, soa.rdata.times[4]) == (5, 5)


@both
@cases("name rrtype", REFUSED)
def test_what_is_not_ours_is_refused(node: NodeProcess, transport: Transport, name: str, rrtype: str) -> None:
    """REFUSED without AA and without records; the question comes back."""
    query = build_query(name, rrtype)
    response = exchange(node.dns, query, transport)
    assert (response.rcode, response.is_authoritative) == ("REFUSED", False)
    assert response.wire[4:12] == b"\0\1" + b"\0" * 6
    assert response.wire[12:] == query[12:]


@both
@cases("rrclass", {"CHAOS": (3,), "HESIOD": (4,), "NONE": (254,), "ANY": (255,), "0": (0,), "unknown": (65_280,)})
def test_other_classes_are_refused(node: NodeProcess, transport: Transport, rrclass: int) -> None:
    """Our zones are of class IN, and nothing is told about the server itself (version.bind)."""
    for name in (NAME, ZONE, f"www.{ZONE}", "version.bind", "example.org"):
        response = exchange(node.dns, build_query(name, rrclass=rrclass), transport)
        assert (response.rcode, response.is_authoritative, response.wire[6:12]) == ("REFUSED", False, b"\0" * 6)
