"""The stand-in's resolver finds answers by real queries, as a CA's resolver would."""

import pytest

from tests.integration.provider.conftest import CHILD
from tests.support.dns_questions import ask, lines, rcode
from tests.support.dns_servers import ZoneServer, refuse, serving
from tests.support.provider_process import Provider

TARGET = "b6e4682c-5109-4a34-ac99-d5097d5b2b68.acme.example.test"
CHILD_ZONE = ZoneServer("acme.example.test", ("ns.example.test",), (("TXT", TARGET, "token"),))


def delegate(provider: Provider) -> None:
    """Add what a user adds: A, NS and CNAME."""
    provider.add("A", "ns.example.test", CHILD)
    provider.add("NS", "acme.example.test", "ns.example.test")
    provider.add("CNAME", "_acme-challenge.example.test", TARGET)


@pytest.mark.parametrize("is_tcp", [False, True], ids=["udp", "tcp"])
def test_it_follows_the_alias_through_the_delegation(provider: Provider, is_tcp: bool) -> None:
    """CNAME at the provider, TXT at the delegated zone's own server: both come in one answer."""
    delegate(provider)
    with serving(CHILD, provider.dns_port, CHILD_ZONE.respond):
        found = ask(
            (provider.resolver, provider.dns_port),
            "_acme-challenge.example.test",
            "TXT",
            is_tcp=is_tcp,
            is_recursive=True,
        )
    assert lines(found.answer) == [f"_acme-challenge.example.test. CNAME {TARGET}.", f'{TARGET}. TXT "token"']


def test_it_caches_nothing(provider: Provider) -> None:
    """A denial and an answer both end with the record's own change."""
    resolver = (provider.resolver, provider.dns_port)
    assert rcode(ask(resolver, "www.example.test", "A", is_recursive=True)) == "NXDOMAIN"
    provider.add("A", "www.example.test", "127.0.0.9")
    assert lines(ask(resolver, "www.example.test", "A", is_recursive=True).answer) == ["www.example.test. A 127.0.0.9"]
    provider.delete("A", "www.example.test", "127.0.0.9")
    assert rcode(ask(resolver, "www.example.test", "A", is_recursive=True)) == "NXDOMAIN"


def test_it_finds_name_servers_without_glue(provider: Provider) -> None:
    """A referral into another zone makes it look for the address first."""
    provider.add("NS", "acme.example.test", "ns.shop.example")
    provider.add("A", "ns.shop.example", CHILD)
    with serving(CHILD, provider.dns_port, CHILD_ZONE.respond):
        found = ask((provider.resolver, provider.dns_port), TARGET, "TXT", is_recursive=True)
    assert lines(found.answer) == [f'{TARGET}. TXT "token"']


def test_truncated_answers_are_fetched_over_tcp(provider: Provider) -> None:
    """It goes on to TCP upstream, and truncates towards its own asker."""
    provider.add("TXT", "big.example.test", "x" * 2000)
    resolver = (provider.resolver, provider.dns_port)
    assert len(ask(resolver, "big.example.test", "TXT", is_tcp=True, is_recursive=True).answer) == 1


def test_addresses_of_ipv6_are_nodata(provider: Provider) -> None:
    """The local system speaks IPv4 only, and says so in a way that CAs go on with A."""
    provider.add("AAAA", "www.example.test", "2001:db8::1")
    found = ask((provider.resolver, provider.dns_port), "www.example.test", "AAAA", is_recursive=True)
    assert (rcode(found), found.answer) == ("NOERROR", [])


def test_a_dead_or_lame_server_is_servfail(provider: Provider) -> None:
    """It never turns silence or a refusal into a denial."""
    delegate(provider)
    resolver = (provider.resolver, provider.dns_port)
    assert rcode(ask(resolver, TARGET, "TXT", is_recursive=True)) == "SERVFAIL"
    with serving(CHILD, provider.dns_port, refuse):
        assert rcode(ask(resolver, TARGET, "TXT", is_recursive=True)) == "SERVFAIL"


def test_circles_end_in_servfail(provider: Provider) -> None:
    """Aliases and name servers that lead back to themselves are given up."""
    provider.add("CNAME", "a.example.test", "b.shop.example")
    provider.add("CNAME", "b.shop.example", "a.example.test")
    provider.add("NS", "c.example.test", "ns.d.shop.example")
    provider.add("NS", "d.shop.example", "ns.c.example.test")
    resolver = (provider.resolver, provider.dns_port)
    assert rcode(ask(resolver, "a.example.test", "A", is_recursive=True)) == "SERVFAIL"
    assert rcode(ask(resolver, "x.c.example.test", "A", is_recursive=True)) == "SERVFAIL"


def test_it_resolves_only_when_asked_to(provider: Provider) -> None:
    """Without RD it has nothing to say."""
    assert rcode(ask((provider.resolver, provider.dns_port), "example.test", "SOA")) == "REFUSED"
