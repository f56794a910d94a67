"""The stand-in provider is a real authoritative server, over UDP and TCP."""

import socket
import struct

import dns.flags
import dns.message
import dns.query
import pytest

from tests.support.dns_questions import ask, is_authoritative, lines, rcode
from tests.support.provider_process import Provider


def soa_of(message: dns.message.Message) -> list[str]:
    return [line.split()[0] for line in lines(message.authority) if " SOA " in line]


@pytest.mark.parametrize("is_tcp", [False, True], ids=["udp", "tcp"])
def test_a_record_is_served_as_soon_as_it_is_added(provider: Provider, is_tcp: bool) -> None:
    """Added, answered with authority; deleted, NXDOMAIN with the zone's SOA: nothing is cached."""
    server = (provider.address, provider.dns_port)
    provider.add("A", "www.example.test", "127.0.0.9")
    found = ask(server, "www.example.test", "A", is_tcp=is_tcp)
    assert lines(found.answer) == ["www.example.test. A 127.0.0.9"]
    assert (rcode(found), is_authoritative(found)) == ("NOERROR", True)
    provider.delete("A", "www.example.test", "127.0.0.9")
    gone = ask(server, "www.example.test", "A", is_tcp=is_tcp)
    assert (rcode(gone), is_authoritative(gone), soa_of(gone)) == ("NXDOMAIN", True, ["example.test."])


@pytest.mark.parametrize(
    ("name", "type_", "zone"),
    [("nowhere.test", "A", "test."), ("nowhere", "A", "."), ("x.shop.example", "TXT", "shop.example.")],
)
def test_what_does_not_exist_is_denied_by_its_zone(provider: Provider, name: str, type_: str, zone: str) -> None:
    """The SOA of a denial is the deepest zone's (RFC 2308 §3)."""
    denied = ask((provider.address, provider.dns_port), name, type_)
    assert (rcode(denied), soa_of(denied)) == ("NXDOMAIN", [zone])


def test_a_name_without_the_type_is_nodata(provider: Provider) -> None:
    """NODATA for other types and for empty non-terminals (RFC 8020)."""
    server = (provider.address, provider.dns_port)
    provider.add("A", "a.b.example.test", "127.0.0.9")
    for name, type_ in (
        ("a.b.example.test", "TXT"),
        ("b.example.test", "A"),
        ("example.test", "MX"),
        ("shop.example", "DS"),
    ):
        nodata = ask(server, name, type_)
        assert (rcode(nodata), lines(nodata.answer), len(soa_of(nodata))) == ("NOERROR", [], 1)


@pytest.mark.parametrize("zone", [".", "test", "example", "example.test", "shop.example"])
def test_each_zone_has_its_apex(provider: Provider, zone: str) -> None:
    """The root, the top-level zones and the user's have SOA and NS, and the NS has an address."""
    server = (provider.address, provider.dns_port)
    assert [line.split()[2] for line in lines(ask(server, zone, "NS").answer)] == ["ns.provider.test."]
    assert len(lines(ask(server, zone, "SOA").answer)) == 1
    assert lines(ask(server, "ns.provider.test", "A").answer) == [f"ns.provider.test. A {provider.address}"]


@pytest.mark.parametrize("name", ["acme.example.test", "x.acme.example.test"])
@pytest.mark.parametrize("type_", ["NS", "TXT", "SOA"])
def test_an_ns_record_makes_a_cut(provider: Provider, name: str, type_: str) -> None:
    """At and below the cut there is a referral without authority, with glue from the zone."""
    provider.add("NS", "acme.example.test", "ns.example.test")
    provider.add("A", "ns.example.test", "127.0.0.9")
    referral = ask((provider.address, provider.dns_port), name, type_)
    assert (rcode(referral), is_authoritative(referral), lines(referral.answer)) == ("NOERROR", False, [])
    assert lines(referral.authority) == ["acme.example.test. NS ns.example.test."]
    assert lines(referral.additional) == ["ns.example.test. A 127.0.0.9"]


def test_glue_is_given_for_the_zones_own_names_only(provider: Provider) -> None:
    """A name server in another zone comes without address; DS at the cut is the parent's."""
    server = (provider.address, provider.dns_port)
    provider.add("NS", "acme.example.test", "ns.shop.example")
    provider.add("A", "ns.shop.example", "127.0.0.9")
    assert lines(ask(server, "acme.example.test", "NS").additional) == []
    ds = ask(server, "acme.example.test", "DS")
    assert (rcode(ds), is_authoritative(ds), soa_of(ds)) == ("NOERROR", True, ["example.test."])


def test_aliases_are_followed_within_the_zone(provider: Provider) -> None:
    """A CNAME answers for every type, with its chain as far as the zone holds it (RFC 1034 §4.3.2)."""
    server = (provider.address, provider.dns_port)
    provider.add("CNAME", "a.example.test", "b.example.test")
    provider.add("CNAME", "b.example.test", "c.shop.example")
    provider.add("TXT", "c.shop.example", "x")
    chain = ["a.example.test. CNAME b.example.test.", "b.example.test. CNAME c.shop.example."]
    assert lines(ask(server, "a.example.test", "TXT").answer) == chain
    assert lines(ask(server, "a.example.test", "CNAME").answer) == chain[:1]
    provider.add("CNAME", "d.example.test", "gone.example.test")
    dangling = ask(server, "d.example.test", "A")
    assert (rcode(dangling), len(dangling.answer)) == ("NXDOMAIN", 1)


def test_an_alias_circle_ends(provider: Provider) -> None:
    """A loop is answered with what it is, not followed for ever."""
    provider.add("CNAME", "a.example.test", "b.example.test")
    provider.add("CNAME", "b.example.test", "a.example.test")
    assert len(ask((provider.address, provider.dns_port), "a.example.test", "A").answer) == 2


def test_wildcards_answer_for_names_that_do_not_exist(provider: Provider) -> None:
    """A wildcard covers what is below its encloser, and no name that exists (RFC 4592)."""
    server = (provider.address, provider.dns_port)
    provider.add("CNAME", "*.example.test", "www.shop.example")
    provider.add("A", "www.example.test", "127.0.0.9")
    assert lines(ask(server, "x.y.example.test", "TXT").answer) == ["x.y.example.test. CNAME www.shop.example."]
    assert rcode(ask(server, "x.www.example.test", "TXT")) == "NXDOMAIN"
    assert lines(ask(server, "www.example.test", "TXT").answer) == []


def test_large_answers_are_truncated_and_come_over_tcp(provider: Provider) -> None:
    """What does not fit sets TC (RFC 2181 §9): 512 bytes without EDNS, 1232 with it."""
    server = (provider.address, provider.dns_port)
    provider.add("TXT", "big.example.test", "x" * 700)
    assert ask(server, "big.example.test", "TXT", edns=-1).flags & dns.flags.TC
    assert not ask(server, "big.example.test", "TXT").flags & dns.flags.TC
    provider.add("TXT", "big.example.test", "y" * 700)
    truncated = ask(server, "big.example.test", "TXT")
    assert truncated.flags & dns.flags.TC
    assert truncated.answer == []
    assert len(lines(ask(server, "big.example.test", "TXT", is_tcp=True).answer)) == 2


def test_one_connection_carries_several_questions(provider: Provider) -> None:
    """Queries on one TCP connection are answered one after the other (RFC 7766 §6.2.1)."""
    queries = [dns.message.make_query("example.test", type_) for type_ in ("SOA", "NS", "A")]
    with socket.create_connection((provider.address, provider.dns_port), timeout=5) as sock:
        wires = [query.to_wire() for query in queries]
        sock.sendall(b"".join(struct.pack("!H", len(wire)) + wire for wire in wires))
        for query in queries:
            assert query.is_response(dns.query.receive_tcp(sock, expiration=None)[0])


@pytest.mark.parametrize("noise", [b"", b"\0" * 5, b"\xff" * 40], ids=["empty", "short", "junk"])
def test_noise_is_not_answered_and_does_no_harm(provider: Provider, noise: bytes) -> None:
    """What is no query gets silence, a reply too (no loops), and the server goes on."""
    answered = dns.message.make_response(dns.message.make_query("example.test", "SOA")).to_wire()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        for packet in (noise, answered):
            sock.sendto(packet, (provider.address, provider.dns_port))
        with pytest.raises(TimeoutError):
            sock.recv(512)
    assert rcode(ask((provider.address, provider.dns_port), "example.test", "SOA")) == "NOERROR"
