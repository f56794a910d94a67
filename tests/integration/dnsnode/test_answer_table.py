"""The answer table, asked over real sockets of the real process."""

import pytest

from tests.integration.dnsnode.samples import EMPTY_UUID, MANY_UUID, MANY_VALUES, OTHER, UUID, ZONE
from tests.support.dns_client import Transport, ask
from tests.support.node_process import NodeProcess

NODATA: list[str] = []

ANSWERED = [
    (ZONE, "NS", ["ns.example.test."]),
    (ZONE, "SOA", [f"ns.example.test. hostmaster.{ZONE}. 1 14400 3600 1209600 5"]),
    (OTHER, "NS", [f"a.ns.{OTHER}.", f"b.ns.{OTHER}."]),
    (f"a.ns.{OTHER}", "A", ["192.0.2.1"]),
    (f"B.ns.{OTHER}", "AAAA", ["2001:db8::1"]),
    (f"{UUID}.{ZONE}", "TXT", ["another", "value"]),
    (f"{UUID}.{OTHER}", "TXT", ["elsewhere"]),
    (f"{UUID.upper()}.AcMe.eXample.TEST", "TXT", ["another", "value"]),
    (f"imported.{ZONE}", "TXT", ["old"]),
    (f"{UUID}.{ZONE}", "ANY", ["another", "value"]),
    (ZONE, "ANY", [f"ns.example.test. hostmaster.{ZONE}. 1 14400 3600 1209600 5"]),
]

DENIED = [
    ("NODATA", ZONE, "A"),
    ("NODATA", ZONE, "DS"),
    ("NODATA", ZONE, "TXT"),
    ("NODATA", ZONE.upper(), "MX"),
    ("NODATA", f"a.ns.{OTHER}", "TXT"),
    ("NODATA", f"ns.{OTHER}", "A"),
    ("NODATA", f"ns.{OTHER}", "TXT"),
    ("NODATA", f"{UUID}.{ZONE}", "A"),
    ("NODATA", f"{UUID}.{ZONE}", "CAA"),
    ("NODATA", f"{UUID}.{ZONE}", "NS"),
    ("NODATA", f"{UUID}.{ZONE}", "HTTPS"),
    ("NODATA", f"{EMPTY_UUID}.{ZONE}", "TXT"),
    ("NODATA", f"{EMPTY_UUID}.{ZONE}", "A"),
    ("NODATA", f"{EMPTY_UUID}.{ZONE}", "ANY"),
    ("NODATA", f"{UUID.upper()}.{ZONE}", "A"),
    ("NODATA", f"imported.{ZONE}", "A"),
    ("NXDOMAIN", f"_acme-challenge.{UUID}.{ZONE}", "TXT"),
    ("NXDOMAIN", f"imported.{OTHER}", "TXT"),
    ("NXDOMAIN", f"www.{ZONE}", "A"),
    ("NXDOMAIN", f"{UUID}x.{ZONE}", "TXT"),
    ("NXDOMAIN", f"{UUID.replace('-', '')}.{ZONE}", "TXT"),
    ("NXDOMAIN", f"{'g' + UUID[1:]}.{ZONE}", "TXT"),
    ("NXDOMAIN", f"c.ns.{OTHER}", "A"),
]

REFUSED = [
    ("example.test", "A"),
    (f"x{ZONE}", "NS"),
    ("", "NS"),
    ("com", "SOA"),
    (f"{UUID}.acme.example.com", "TXT"),
    (ZONE, "AXFR"),
    (ZONE, "IXFR"),
    (f"{UUID}.{ZONE}", "AXFR"),
]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("name", "rrtype", "expected"), ANSWERED)
def test_what_exists_is_answered_with_authority(
    node: NodeProcess, transport: Transport, name: str, rrtype: str, expected: list[str]
) -> None:
    """AA, the RRset whole, no authority section, the question as it was asked."""
    response = ask(node.dns, name, rrtype, transport=transport)
    assert (response.rcode, response.is_authoritative) == ("NOERROR", True)
    assert response.answers == expected
    assert response.authority == []
    assert str(response.parsed.q.qname) == f"{name}."


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("outcome", "name", "rrtype"), DENIED)
def test_what_does_not_exist_is_denied_with_the_soa(
    node: NodeProcess, transport: Transport, outcome: str, name: str, rrtype: str
) -> None:
    """NODATA and NXDOMAIN carry AA and the zone's SOA, whose TTL and MINIMUM are both 5."""
    response = ask(node.dns, name, rrtype, transport=transport)
    assert (response.rcode, response.is_authoritative) == ("NXDOMAIN" if outcome == "NXDOMAIN" else "NOERROR", True)
    assert response.answers == NODATA
    assert response.authority == ["SOA"]
    soa = response.parsed.auth[0]
    assert (soa.ttl, soa.rdata.times[4]) == (5, 5)
    assert name.lower().endswith(str(soa.rname).removesuffix("."))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("name", "rrtype"), REFUSED)
def test_what_is_not_ours_is_refused(node: NodeProcess, transport: Transport, name: str, rrtype: str) -> None:
    """Outside the zones, and transfers: REFUSED without AA and without records."""
    response = ask(node.dns, name, rrtype, transport=transport)
    assert (response.rcode, response.is_authoritative) == ("REFUSED", False)
    assert response.wire[6:12] == b"\0" * 6


@pytest.mark.parametrize(("name", "rrtype", "ttls"), [(ZONE, "NS", {3600}), (f"{UUID}.{ZONE}", "TXT", {1})])
def test_ttls_are_long_for_what_stands_and_short_for_answers(
    node: NodeProcess, name: str, rrtype: str, ttls: set[int]
) -> None:
    """NS may be cached for an hour, TXT for a second."""
    assert {record.ttl for record in ask(node.dns, name, rrtype).parsed.rr} == ttls


def test_an_answer_too_long_for_udp_is_truncated_and_whole_over_tcp(node: NodeProcess) -> None:
    """Thirty values at one name: TC and no records over UDP, all of them over TCP."""
    name = f"{MANY_UUID}.{ZONE}"
    short = ask(node.dns, name)
    assert (short.rcode, short.is_truncated, short.answers) == ("NOERROR", True, [])
    whole = ask(node.dns, name, transport="tcp")
    assert (whole.is_truncated, whole.answers) == (False, MANY_VALUES)
