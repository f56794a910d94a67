"""Records added for users: what is created, what is left as it is, and what each record is told to have come to."""

from dataclasses import replace

import pytest

from certwright.domain.access import Caller, Role
from certwright.domain.errors import InvalidRequest, NotAllowed, NotFound, Unavailable
from certwright.domain.record_sets import Addition, Outcome
from certwright.domain.records import Record
from certwright.domain.renewal import SECOND
from certwright.flows.add_records import TAKES_AT_MOST, add_by_cloudflare, add_by_route53
from certwright.flows.read_certificate import read_certificate
from tests.fakes.dns_providers import FakeDnsProvider, FakeDnsProviders
from tests.support.deployment import ADMIN, CNAME_MISSING, WILDCARD, Deployment

REQUESTER = Caller("tok", "own_a", Role.REQUESTER)


@pytest.fixture
def town() -> Deployment:
    """Give a deployment that may write to the hosted zone `example.test`, its CNAME missing."""
    made = Deployment(providers=FakeDnsProviders("example.test"))
    made.checks.problems["example.test"] = CNAME_MISSING
    return made


def wanted(town: Deployment, certificate_id: str) -> tuple[Record, ...]:
    """Look at the records of a certificate."""
    return read_certificate(town.desk, ADMIN, certificate_id).records


def outcomes(additions: tuple[Addition, ...]) -> list[tuple[str, str]]:
    """Tell types and outcomes."""
    return [(item.record.type, item.outcome.value) for item in additions]


def test_what_is_missing_is_created(town: Deployment) -> None:
    """All of it, before the first look; then the certificate is looked at."""
    certificate_id = town.request(*WILDCARD)
    town.queue.drop_all()
    additions = add_by_route53(town.desk, REQUESTER, certificate_id)
    assert outcomes(additions) == [("A", "added"), ("NS", "added"), ("CNAME", "added")]
    assert tuple(town.providers.hosted.records) == wanted(town, certificate_id)
    assert town.queue.receive() == [certificate_id]


def test_asking_again_changes_nothing(town: Deployment) -> None:
    """Every record is told to stand."""
    certificate_id = town.request(*WILDCARD)
    add_by_route53(town.desk, REQUESTER, certificate_id)
    before = list(town.providers.hosted.records)
    assert {item.outcome for item in add_by_route53(town.desk, REQUESTER, certificate_id)} == {Outcome.STANDS}
    assert town.providers.hosted.records == before


def test_records_that_were_found_are_not_touched(town: Deployment) -> None:
    """Nothing is asked of the provider for a certificate whose records all stand, wherever they stand."""
    town.checks.problems.clear()
    certificate_id = town.issue(*WILDCARD)
    assert add_by_route53(town.desk, REQUESTER, certificate_id) == ()
    assert not town.providers.hosted.calls


@pytest.mark.parametrize("adds_whole_sets", [True, False])
def test_what_stands_in_the_way_is_told_and_kept(town: Deployment, adds_whole_sets: bool) -> None:
    """With what it is; the other records are added all the same."""
    town.providers.hosted.adds_whole_sets = adds_whole_sets
    certificate_id = town.request(*WILDCARD)
    other = Record("CNAME", "_acme-challenge.example.test", "elsewhere.example.net")
    town.providers.hosted.records.append(other)
    additions = add_by_route53(town.desk, REQUESTER, certificate_id)
    assert outcomes(additions) == [("A", "added"), ("NS", "added"), ("CNAME", "conflict")]
    assert additions[-1].found == ("CNAME elsewhere.example.net",)
    assert other in town.providers.hosted.records
    assert len(town.providers.hosted.records) == 3


def test_a_failure_of_one_record_is_its_own(town: Deployment) -> None:
    """And asking again adds what is left."""
    certificate_id = town.request(*WILDCARD)
    zone = town.zone().origin
    town.providers.hosted.failures[zone] = Unavailable("Ask again.")
    additions = add_by_route53(town.desk, REQUESTER, certificate_id)
    assert outcomes(additions) == [("A", "added"), ("NS", "failed"), ("CNAME", "added")]
    assert additions[1].sentence == "Ask again."
    town.providers.hosted.failures.clear()
    again = add_by_route53(town.desk, REQUESTER, certificate_id)
    assert outcomes(again) == [("A", "stands"), ("NS", "added"), ("CNAME", "stands")]


def test_single_records_of_a_set_fail_by_themselves(town: Deployment) -> None:
    """Where a provider has no sets, half of the addresses may be there, and the rest comes next time."""
    town.desk = replace(town.desk, settings=replace(town.settings, node_addresses=("192.0.2.8", "192.0.2.9")))
    town.providers.proxy.failures["192.0.2.9"] = Unavailable("Ask again.")
    certificate_id = town.request(*WILDCARD)
    additions = add_by_cloudflare(town.desk, REQUESTER, certificate_id, FakeDnsProviders.TOKEN)
    assert outcomes(additions)[:2] == [("A", "added"), ("A", "failed")]
    town.providers.proxy.failures.clear()
    again = add_by_cloudflare(town.desk, REQUESTER, certificate_id, FakeDnsProviders.TOKEN)
    assert outcomes(again)[:2] == [("A", "stands"), ("A", "added")]


def test_a_name_in_no_zone_is_told(town: Deployment) -> None:
    """The rest is added."""
    certificate_id = town.request("*.example.test", "*.other.test")
    found = {item.record.name: item.outcome for item in add_by_route53(town.desk, REQUESTER, certificate_id)}
    assert found["_acme-challenge.other.test"] is Outcome.NO_ZONE
    assert found["_acme-challenge.example.test"] is Outcome.ADDED


def test_a_whole_zone_is_never_handed_over(town: Deployment) -> None:
    """Where the provider has a zone of the very name that is to be delegated, nothing is added to it."""
    certificate_id = town.request(*WILDCARD)
    town.providers.hosted = FakeDnsProvider("example.test", town.zone().origin)
    additions = add_by_route53(town.desk, REQUESTER, certificate_id)
    assert outcomes(additions) == [("A", "added"), ("NS", "conflict"), ("CNAME", "added")]


def test_what_there_is_no_time_for_is_left_for_the_next_round(town: Deployment) -> None:
    """Whoever asks gets an answer before the request ends."""
    certificate_id = town.request(*WILDCARD)
    provider = town.providers.hosted
    find_zone = provider.find_zone

    def slow(name: str) -> object:
        town.clock.advance(milliseconds=TAKES_AT_MOST - SECOND)
        return find_zone(name)

    provider.find_zone = slow  # type: ignore[method-assign, assignment]  # the same, and time passes
    additions = add_by_route53(town.desk, REQUESTER, certificate_id)
    assert outcomes(additions) == [("A", "added"), ("NS", "added"), ("CNAME", "failed")]
    assert "no time" in additions[-1].sentence


def test_among_several_owners_only_what_is_granted_by_name_is_added_by_the_deployment_itself(town: Deployment) -> None:
    """A right to everything shows nobody's agreement; an operator may still do it."""
    town.add_owner("own_b")
    certificate_id = town.request(*WILDCARD)
    refused = add_by_route53(town.desk, REQUESTER, certificate_id)
    assert {item.outcome for item in refused} == {Outcome.NOT_GRANTED}
    assert not town.providers.hosted.calls
    town.owners.change(replace(town.owner("own_a"), patterns=("**", "*.**", "example.test")))
    assert outcomes(add_by_route53(town.desk, REQUESTER, certificate_id)) == [
        ("A", "not-granted"),
        ("NS", "not-granted"),
        ("CNAME", "added"),
    ]
    assert outcomes(add_by_route53(town.desk, ADMIN, certificate_id)) == [
        ("A", "added"),
        ("NS", "added"),
        ("CNAME", "stands"),
    ]


@pytest.mark.parametrize("patterns", [("**.example.test", "*.**"), ("*.example.test", "www.example.test")])
def test_a_pattern_that_names_a_domain_covers_its_zone_too(town: Deployment, patterns: tuple[str, ...]) -> None:
    """The name server and the sub-domain lie below it."""
    town.add_owner("own_b")
    town.owners.change(replace(town.owner("own_a"), patterns=("**", *patterns)))
    certificate_id = town.request("www.example.test", challenge="dns-01")
    additions = add_by_route53(town.desk, REQUESTER, certificate_id)
    assert {item.outcome for item in additions} == {Outcome.ADDED}


def test_a_wildcard_that_covers_a_name_does_not_let_it_be_proven(town: Deployment) -> None:
    """With its CNAME, what lies below the name would be proven as well."""
    town.add_owner("own_b")
    town.owners.change(replace(town.owner("own_a"), patterns=("**", "*.**", "*.example.test")))
    certificate_id = town.request("www.example.test", challenge="dns-01")
    additions = add_by_route53(town.desk, REQUESTER, certificate_id)
    assert outcomes(additions) == [("A", "added"), ("NS", "added"), ("CNAME", "not-granted")]


def test_the_users_own_token_needs_no_pattern(town: Deployment) -> None:
    """Who can edit the domain's DNS has shown whose it is."""
    town.add_owner("own_b")
    certificate_id = town.request(*WILDCARD)
    additions = add_by_cloudflare(town.desk, REQUESTER, certificate_id, FakeDnsProviders.TOKEN)
    assert {item.outcome for item in additions} == {Outcome.ADDED}


def test_an_owner_who_is_not_active_adds_nothing_in_the_deployments_zones(town: Deployment) -> None:
    """It may ask for nothing else either."""
    certificate_id = town.request(*WILDCARD)
    town.owners.change(replace(town.owner("own_a"), is_active=False))
    with pytest.raises(NotAllowed) as refused:
        add_by_route53(town.desk, REQUESTER, certificate_id)
    assert refused.value.code == "owner-inactive"


def test_a_certificate_of_another_owner_is_not_there() -> None:
    """Neither by the deployment's zones nor by a token."""
    town = Deployment(providers=FakeDnsProviders("example.test"))
    certificate_id = town.request(*WILDCARD)
    stranger = Caller("tok", "own_b", Role.REQUESTER)
    with pytest.raises(NotFound):
        add_by_route53(town.desk, stranger, certificate_id)
    with pytest.raises(NotFound):
        add_by_cloudflare(town.desk, stranger, certificate_id, FakeDnsProviders.TOKEN)


def test_a_token_that_counts_nowhere_is_told_before_any_record(town: Deployment) -> None:
    """Nothing is added, and nothing is looked at."""
    certificate_id = town.request(*WILDCARD)
    town.queue.drop_all()
    with pytest.raises(InvalidRequest) as refused:
        add_by_cloudflare(town.desk, REQUESTER, certificate_id, "another-token-0123456789")
    assert refused.value.field == "token"
    assert town.queue.receive() == []
