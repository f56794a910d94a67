"""The rate limit: who is counted when, by which network, and what is left of a response beyond it."""

import socket
import struct

import pytest

from certwright.domain.answer import ServedZone
from dnsnode.rate_limit import RateLimit, find_network, find_network_of_host
from dnsnode.table import AnswerTable
from dnsnode.wire import cut
from tests.support.dns_client import Response, build_opt, build_query

MOST = 10
FLOODING = b"\xc0\x00\x02"


def exceeding(limit: RateLimit, network: bytes, responses: int, now: float) -> int:
    """Count responses one by one, and tell how many were too many."""
    return sum(limit.is_watching(1, now) and limit.exceeds(network) for _ in range(responses))


def test_nobody_is_looked_at_while_all_together_stay_below_the_limit() -> None:
    """So the limit costs nothing while nobody floods."""
    limit = RateLimit(MOST)
    assert not any(limit.is_watching(1, second) for second in range(100) for _ in range(MOST))


def test_a_limit_of_zero_is_none() -> None:
    """However much comes."""
    limit = RateLimit(0)
    assert not limit.is_watching(1_000_000, 1.0)
    assert not limit.is_watching(1, 1.5)


def test_a_flood_gets_twice_the_limit_in_its_first_second_and_the_limit_in_each_later_one() -> None:
    """In the first second its network is counted only when the limit is passed."""
    limit = RateLimit(MOST)
    assert exceeding(limit, FLOODING, 100, 5.0) == 100 - 2 * MOST
    assert exceeding(limit, FLOODING, 100, 6.0) == 100 - MOST
    assert exceeding(limit, FLOODING, 100, 7.9) == 100 - MOST


def test_another_network_is_not_counted_with_the_flood() -> None:
    """Unless it has the same hash, which the test avoids."""
    other = next(bytes((1, 2, i)) for i in range(256) if hash(bytes((1, 2, i))) % 65_536 != hash(FLOODING) % 65_536)
    limit = RateLimit(MOST)
    assert exceeding(limit, FLOODING, 100, 5.0)
    assert exceeding(limit, other, MOST, 5.5) == 0
    assert exceeding(limit, other, MOST, 6.5) == 0


def test_a_flood_that_has_ended_is_forgotten() -> None:
    """A whole second below the limit, and all begins again."""
    limit = RateLimit(MOST)
    assert exceeding(limit, FLOODING, 100, 5.0)
    assert exceeding(limit, FLOODING, MOST, 6.0) == 0
    assert exceeding(limit, FLOODING, MOST, 7.0) == 0
    assert not limit.is_watching(1, 8.0)


@pytest.mark.parametrize(
    ("host", "same", "other"),
    [
        ("192.0.2.1", "192.0.2.255", "192.0.3.1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.200", "::ffff:192.0.3.1"),
        ("2001:db8:0:1::1", "2001:db8:0:ff:ffff::", "2001:db8:0:100::1"),
    ],
)
def test_a_network_is_a_24_of_ipv4_and_a_56_of_ipv6(host: str, same: str, other: str) -> None:
    """By text and by sockaddr alike; IPv4 on an IPv6 socket is IPv4."""
    assert find_network_of_host(host) == find_network_of_host(same) != find_network_of_host(other)
    for address in (host, same, other):
        assert find_network(sockaddr(address), is_ipv6=":" in address) == find_network_of_host(address)


def sockaddr(host: str) -> bytes:
    """Write an address as the kernel does: family, port, for IPv6 the flow label, then the address."""
    if ":" in host:
        return (
            struct.pack("=H", socket.AF_INET6) + b"\0\x35\0\0\0\0" + socket.inet_pton(socket.AF_INET6, host) + bytes(4)
        )
    return struct.pack("=H", socket.AF_INET) + b"\0\x35" + socket.inet_pton(socket.AF_INET, host) + bytes(20)


@pytest.mark.parametrize("opt", [b"", build_opt()])
@pytest.mark.parametrize("name", ["acme.example.test", "nothing.acme.example.test", "elsewhere.test"])
def test_a_cut_response_is_no_longer_than_its_query(name: str, opt: bytes) -> None:
    """Neither answers nor denials nor refusals; the asker is told to come back over TCP where records are left out."""
    table = AnswerTable()
    table.set_zone(ServedZone("acme.example.test", ("ns.acme.example.test",), ("192.0.2.1",)))
    query = build_query(name, "SOA", opt=opt)
    whole = table.respond(query)
    assert whole
    short = Response(cut(whole))
    assert len(short.wire) <= len(query)
    assert short.is_truncated is (name != "elsewhere.test")
    assert (short.rcode, short.answers, short.authority) == (Response(whole).rcode, [], [])
    assert short.parsed.q.qname == name
    assert short.has_opt is bool(opt)
