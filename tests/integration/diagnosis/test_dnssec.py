"""DNSSEC as a validating resolver sees it: Unbound with a trust anchor, domains signed well, badly, or not at all."""

import re
from collections.abc import Iterator, Sequence

import pytest

from certwright.domain.problem import Actor
from certwright.domain.records import NameCheck, WantedAddress
from tests.support.zone_world import GLUE, NODE, RESOLVER, Zones, ZoneWorld, running_zones

SIGNED = ("good", "wrong-ds", "expired")
DOMAINS = (*SIGNED, "unsigned")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZoneWorld]:
    """A signed `test.` above four domains, and Unbound that trusts its key."""
    zones = Zones(
        {"": GLUE, "test": GLUE, **{f"{domain}.test": [f"www A {NODE}"] for domain in DOMAINS}},
        signed=frozenset({"test", *(f"{domain}.test" for domain in SIGNED)}),
        bogus=frozenset({"wrong-ds.test"}),
        expired=frozenset({"expired.test"}),
    )
    with running_zones(tmp_path_factory.mktemp("zones"), zones, has_resolver=True) as world:
        yield world


def check(world: ZoneWorld, domain: str, resolvers: Sequence[str] = (RESOLVER,)) -> NameCheck:
    """Look at a name whose address is ours, so that only DNSSEC can be wrong."""
    return world.checks(resolvers=resolvers).check_address(WantedAddress(f"www.{domain}.test", (NODE,), ()))


@pytest.mark.parametrize("domain", ["good", "unsigned"])
def test_what_validates_or_is_not_signed_stands(world: ZoneWorld, domain: str) -> None:
    """The resolver's word is told as a hop in order."""
    found = check(world, domain)
    assert found.problem is None
    [hop] = [hop for hop in found.hops if hop.part == "dnssec"]
    assert (hop.state, hop.found) == ("ok", f"asked {RESOLVER}")


@pytest.mark.parametrize("domain", ["wrong-ds", "expired"])
def test_a_broken_chain_of_trust_is_told_before_a_ca_is_asked(world: ZoneWorld, domain: str) -> None:
    """It resolves without validation and fails with it: CAs do too, so nothing is ordered."""
    problem = check(world, domain).problem
    assert problem is not None
    assert (problem.code, problem.actor) == ("dnssec-bogus", Actor.USER)
    assert re.fullmatch(
        rf"DNSSEC is broken for www\.{domain}\.test: the validating resolver {RESOLVER} refuses what its name servers "
        r"answer \([a-z ]+.*\)\. CAs refuse it too\. Have the domain signed anew, or correct or delete its DS record "
        r"at the registrar\.",
        problem.sentence,
    )
    assert problem.found.startswith(f"A www.{domain}.test: ")


def test_without_resolvers_nobody_is_asked(world: ZoneWorld) -> None:
    """Authoritative servers can't tell: the check ends with what they said."""
    found = check(world, "wrong-ds", resolvers=())
    assert found.problem is None
    assert [hop for hop in found.hops if hop.part == "dnssec"] == []


def test_a_silent_resolver_has_no_say(world: ZoneWorld) -> None:
    """A resolver that is down must not stop what is in order; one that answers is enough to tell what is not."""
    assert check(world, "good", resolvers=("127.0.44.99",)).problem is None
    problem = check(world, "wrong-ds", resolvers=("127.0.44.99", RESOLVER)).problem
    assert problem is not None
    assert problem.code == "dnssec-bogus"
