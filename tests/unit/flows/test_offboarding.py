"""Offboarding leaves nothing behind but tombstones, says what to remove by hand, and goes on after a crash."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from certwright.domain.access import Caller, Role
from certwright.domain.errors import Conflict, Unavailable
from certwright.domain.owner import Token
from certwright.domain.renewal import DAY
from certwright.flows.delegations import prepare_delegation
from certwright.flows.offboard import Offboarding, look_at_offboarding, offboard
from certwright.flows.offboard_plan import RETAINED, OffboardWish, Scope, confirm
from certwright.flows.settle_account import settle_account
from tests.support.deployment import ADMIN, WILDCARD, Deployment

OWNER = OffboardWish(Scope.OWNER, "own_a")
DOMAIN = OffboardWish(Scope.DOMAIN, "own_a", "example.test")
BYSTANDER = Caller("admin", "own_b", Role.ADMIN)


def carry_out(town: Deployment, wish: OffboardWish, caller: Caller = ADMIN, rounds: int = 10) -> Offboarding:
    """Confirm what is there again and again, with workers at work, until nothing is left."""
    seen = look_at_offboarding(town.desk, caller, wish)
    for _ in range(rounds):
        if seen.plan.is_done:
            return seen
        seen = offboard(town.desk, caller, wish, seen.plan.confirmation)
        work(town)
    raise AssertionError(f"never done: {seen.plan}")


def work(town: Deployment) -> None:
    """Let workers do what is due, and what CA accounts wait for."""
    for certificate_id in list(town.store.managed):
        town.wait_until_due(certificate_id)
        town.advance(certificate_id)
    for definition in town.ca_definitions.list_all():
        settle_account(town.workshop, definition.name)


def token(town: Deployment, token_id: str, owner: str) -> None:
    """Give an owner a token."""
    town.tokens.create(Token(token_id, owner, "requester", "00", town.clock.now()))


def test_an_owner_goes_with_all_that_is_theirs(town: Deployment) -> None:
    """Certificates and their objects, holdings, zones, tokens; delegations leave tombstones; others lose nothing."""
    wildcard, plain = town.issue(*WILDCARD), town.issue("www.example.test")
    town.add_owner("own_b", "**.other.test", "*.other.test", "other.test")
    others = town.issue("*.other.test", owner="own_b")
    prepare_delegation(town.desk, "own_a", "prepared.test")
    token(town, "tok_a", "own_a")
    token(town, "tok_b", "own_b")
    carry_out(town, OWNER, BYSTANDER)
    assert set(town.store.managed) == {others}
    assert not [key for key in town.bucket.objects if wildcard in key or plain in key]
    assert town.holdings.holder("www.example.test") == ""
    assert all(item.deleted_at and not item.certificates for item in town.delegations.list_of("own_a"))
    assert [zone.owner for zone in town.zones.list_all()] == ["own_b"]
    assert set(town.answers.zones) == {town.zone("own_b").origin}
    assert [item.id for item in town.tokens.list_all()] == ["tok_b"]
    assert (town.owner("own_a").is_active, town.owner("own_a").current_zone) == (False, "")
    assert town.owner("own_b").is_active


def test_the_records_to_remove_are_named_before_anything_goes(town: Deployment) -> None:
    """The CNAME where a look saw it, the zone's NS and A, and the A records of HTTP-01 names."""
    town.issue(*WILDCARD)
    town.issue("www.example.test")
    zone, found = town.zone(), town.delegations.read("own_a", "example.test")
    assert found is not None
    plan = look_at_offboarding(town.desk, ADMIN, OWNER).plan
    assert [(item.type, item.name, item.value) for item in plan.records] == [
        ("CNAME", "_acme-challenge.example.test", found.fulldomain(zone.origin)),
        ("NS", zone.origin, zone.name_server),
        ("A", zone.name_server, "192.0.2.9"),
        ("A", "www.example.test", "192.0.2.9"),
    ]


def test_a_domain_goes_with_all_below_it_and_nothing_else(town: Deployment) -> None:
    """A certificate that names it among others goes as a whole, as the look has said."""
    town.issue("*.example.test", "one.other.test")
    kept = town.issue("*.third.test")
    wish = OffboardWish(Scope.DOMAIN, "own_a", "other.test")
    (seen,) = look_at_offboarding(town.desk, ADMIN, wish).plan.certificates
    assert set(seen.names) == {"*.example.test", "one.other.test"}
    carry_out(town, wish)
    assert set(town.store.managed) == {kept}
    assert town.owner("own_a").is_active


def test_a_zone_that_answers_for_other_domains_stays(town: Deployment) -> None:
    """The first domain's zone serves all of an owner's; the look says so."""
    town.issue(*WILDCARD)
    town.issue("*.other.test")
    zone = town.zone()
    seen = carry_out(town, OffboardWish(Scope.DOMAIN, "own_a", "example.test"))
    assert zone.origin in seen.plan.kept[0]
    assert town.zones.read(zone.id) is not None
    carry_out(town, OffboardWish(Scope.DOMAIN, "own_a", "other.test"))
    seen = carry_out(town, OffboardWish(Scope.DOMAIN, "own_a", "example.test"))
    assert seen.plan.kept == ()
    assert town.zones.list_all() == ()


def test_a_shared_zone_stays_as_long_as_there_are_others(town: Deployment) -> None:
    """Their certificates may lead to it."""
    town.add_owner("own_b")
    town.issue(*WILDCARD)
    town.zones.update(town.zone(), replace(town.zone(), is_shared=True))
    seen = carry_out(town, OWNER, BYSTANDER)
    assert "shared" in seen.plan.kept[0]
    assert len(town.zones.list_all()) == 1


def test_versions_are_revoked_first_where_that_was_chosen(town: Deployment) -> None:
    """In the name of the account, though the owner is not active any more."""
    certificate_id = town.issue(*WILDCARD)
    current = town.work(certificate_id).current
    assert current is not None
    carry_out(town, replace(OWNER, revokes=True))
    assert town.ca.calls["revoke"] == 1
    assert town.store.managed == {}


def test_the_whole_deployment_goes_and_says_what_stays_in_aws(town: Deployment) -> None:
    """Every owner's things, the accounts at the CA, every token but the one that asks."""
    town.add_owner("own_b", "**.other.test", "*.other.test")
    town.issue(*WILDCARD)
    town.issue("*.other.test", owner="own_b")
    token(town, "tok_a", "own_a")
    token(town, ADMIN.token_id, "own_a")
    seen = carry_out(town, OffboardWish(Scope.DEPLOYMENT, deactivates=True))
    assert town.store.managed == {}
    assert town.zones.list_all() == ()
    assert [owner.is_active for owner in town.owners.list_all()] == [False, False]
    assert [item.id for item in town.tokens.list_all()] == [ADMIN.token_id]
    assert town.cas.told[-1] == ("deactivate", "https://ca.test/account/1")
    assert seen.plan.retained == RETAINED


def test_what_stays_in_aws_is_what_the_template_retains() -> None:
    """By its names there; old versions of the code aside."""

    class Loader(yaml.SafeLoader):
        """YAML with CloudFormation's short forms, which don't matter here."""

    Loader.add_multi_constructor("!", lambda *_: None)
    text = (Path(__file__).parents[3] / "template.yaml").read_text()
    resources = yaml.load(text, Loader)["Resources"]  # noqa: S506 - a SafeLoader
    kept = {name for name, item in resources.items() if str(item.get("DeletionPolicy")).startswith("Retain")}
    assert {name for name, _ in RETAINED} == kept


def test_an_interrupted_offboarding_is_ended_by_asking_again(town: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is stored of it: what is left to do is what is still there."""
    town.issue(*WILDCARD)
    seen = look_at_offboarding(town.desk, ADMIN, OWNER)

    def refuse(_: str) -> int:
        raise Unavailable("The table is busy.")

    offboard(town.desk, ADMIN, OWNER, seen.plan.confirmation)
    work(town)
    monkeypatch.setattr(town.answers, "withdraw_zone", refuse)
    seen = look_at_offboarding(town.desk, ADMIN, OWNER)
    with pytest.raises(Unavailable):
        offboard(town.desk, ADMIN, OWNER, seen.plan.confirmation)
    monkeypatch.undo()
    carry_out(town, OWNER)
    assert town.zones.list_all() == ()
    assert carry_out(town, OWNER).plan.is_done


def test_a_confirmation_holds_while_workers_take_away_what_was_confirmed(town: Deployment) -> None:
    """Who waits need not look again each time."""
    town.issue(*WILDCARD)
    town.issue("*.other.test")
    confirmation = look_at_offboarding(town.desk, ADMIN, OWNER).plan.confirmation
    answers = []
    for _ in range(3):
        answers.append(offboard(town.desk, ADMIN, OWNER, confirmation).plan)
        work(town)
    assert [plan.confirmation for plan in answers] == [confirmation] * 3
    assert answers[-1].is_done


def test_a_look_that_is_out_of_date_confirms_nothing(town: Deployment) -> None:
    """Nobody takes away what they have not seen."""
    seen = look_at_offboarding(town.desk, ADMIN, OWNER)
    town.clock.advance(milliseconds=1)
    certificate_id = town.issue(*WILDCARD)
    with pytest.raises(Conflict) as refused:
        offboard(town.desk, ADMIN, OWNER, seen.plan.confirmation)
    assert refused.value.code == "offboard-changed"
    now = town.clock.now()
    for other in ("", "x", "9" * 30, confirm(OWNER, now - DAY - 1), confirm(OWNER, now + 1), confirm(DOMAIN, now)):
        with pytest.raises(Conflict):
            offboard(town.desk, ADMIN, OWNER, other)
    assert not town.managed(certificate_id).desired.is_deleted
    assert town.owner("own_a").is_active
