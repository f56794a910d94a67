"""Whose a name is: asked at the request, and again before every order."""

from dataclasses import replace

import pytest

from certwright.domain.errors import Conflict, NotAllowed, NotFound
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import MINUTE
from tests.support.deployment import WILDCARD, Deployment

ELSEWHERE = Problem("delegated-elsewhere", "It is delegated here already, but not by you.", Actor.USER)
NAME = "www.example.test"


@pytest.fixture
def both(town: Deployment) -> Deployment:
    """Give a deployment with two owners: `own_a` may ask for everything, `own_b` for example.test and below."""
    town.add_owner("own_b", "example.test", "**.example.test", "*.example.test")
    return town


def renewal_due(town: Deployment, certificate_id: str) -> None:
    """Have renewal begin at the next look."""
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)


def test_a_name_that_no_pattern_grants_is_refused(both: Deployment) -> None:
    """Before anything is stored."""
    with pytest.raises(NotAllowed) as refused:
        both.request("www.example.com", owner="own_b")
    assert refused.value.code == "name-not-granted"
    assert "www.example.com" in refused.value.sentence
    assert (both.store.managed, both.queue.waiting) == ({}, [])


def test_an_owner_that_is_unknown_or_not_active_gets_nothing(both: Deployment) -> None:
    """Deny by default."""
    with pytest.raises(NotFound):
        both.request(NAME, owner="own_x")
    both.owners.change(replace(both.owner("own_b"), is_active=False))
    with pytest.raises(NotAllowed) as refused:
        both.request(NAME, owner="own_b")
    assert refused.value.code == "owner-inactive"
    assert both.store.managed == {}


def test_a_name_another_owner_holds_for_http_is_refused_and_nothing_is_stored(both: Deployment) -> None:
    """409 that names no other owner; the names taken before it are let go."""
    both.owners.change(replace(both.owner("own_a"), patterns=("**.example.test",)))
    both.request(NAME)
    with pytest.raises(Conflict) as refused:
        both.request("aaa.example.test", NAME, owner="own_b")
    assert refused.value.code == "name-held"
    assert "own_a" not in refused.value.sentence
    assert len(both.store.managed) == 1
    assert both.holdings.holder("aaa.example.test") == ""
    assert both.zones.list_all() == ()


def test_a_held_name_is_free_again_when_the_holders_last_certificate_is_deleted(both: Deployment) -> None:
    """Not before."""
    first, second = both.request(NAME), both.request(NAME)
    both.delete(first)
    assert both.advance(first).code == "removed"
    assert both.holdings.holder(NAME) == "own_a"
    both.delete(second)
    both.advance(second)
    assert both.issue(NAME, owner="own_b")


def test_a_name_delegated_to_another_owner_waits_and_no_order_is_placed(both: Deployment) -> None:
    """202: the delegation may still change hands."""
    both.issue(*WILDCARD)
    both.checks.problems["example.test"] = ELSEWHERE
    certificate_id = both.request(*WILDCARD, owner="own_b")
    assert both.advance(certificate_id).code == "delegated-elsewhere"
    assert len(both.ca.placed) == 1
    assert both.served == frozenset()


def test_each_owner_of_a_domain_has_a_target_of_its_own(both: Deployment) -> None:
    """So that a chain tells whose it is."""
    both.request(*WILDCARD)
    both.request(*WILDCARD, owner="own_b")
    ours, theirs = (both.delegations.read(owner, "example.test") for owner in ("own_a", "own_b"))
    assert ours is not None
    assert theirs is not None
    assert ours.uuid != theirs.uuid


def test_a_name_no_longer_granted_is_not_renewed(both: Deployment) -> None:
    """Checked again before every order."""
    certificate_id = both.issue(*WILDCARD, owner="own_b")
    both.owners.change(replace(both.owner("own_b"), patterns=("**.example.test",)))
    renewal_due(both, certificate_id)
    both.advance(certificate_id)
    assert both.run_until(certificate_id, "name-not-granted").due_at > both.clock.now()
    assert len(both.ca.placed) == 1


def test_a_delegation_that_has_changed_hands_is_not_renewed(both: Deployment) -> None:
    """The fresh walk ends elsewhere."""
    certificate_id = both.issue(*WILDCARD, owner="own_b")
    both.checks.problems["example.test"] = ELSEWHERE
    renewal_due(both, certificate_id)
    both.run_until(certificate_id, "delegated-elsewhere")
    assert len(both.ca.placed) == 1


def test_a_name_held_by_another_owner_by_now_is_not_renewed(both: Deployment) -> None:
    """The holding decides, not who asked first in an old certificate."""
    certificate_id = both.issue(NAME, owner="own_b")
    both.holdings.release(NAME, certificate_id)
    both.holdings.take(NAME, "own_a", "crt_other")
    renewal_due(both, certificate_id)
    both.run_until(certificate_id, "name-held")
    assert len(both.ca.placed) == 1


def test_a_holding_that_a_failed_request_let_go_of_is_taken_again(town: Deployment) -> None:
    """The certificate was stored though its answer was lost."""
    certificate_id = town.request(NAME)
    town.holdings.release(NAME, certificate_id)
    town.run_until(certificate_id, "issued")
    assert town.holdings.holder(NAME) == "own_a"


def test_with_several_owners_an_http_name_must_be_granted_by_name_or_proven(both: Deployment) -> None:
    """That it points here says nothing about whose it is."""
    certificate_id = both.request(NAME)
    assert both.advance(certificate_id).code == "name-not-proven"
    problem = both.work(certificate_id).problem
    assert problem is not None
    assert (problem.subject, problem.wanted, problem.found) == (f"_certwright.{NAME}", "proof-of-own_a", "nothing")
    assert both.ca.placed == []
    both.checks.txt[f"_certwright.{NAME}"] = ("proof-of-own_b",)
    both.wait_until_due(certificate_id)
    both.run_until(certificate_id, "name-not-proven")
    both.checks.txt[f"_certwright.{NAME}"] = ("proof-of-own_a", "something else")
    both.run_until(certificate_id, "issued")


def test_an_http_name_granted_by_name_needs_no_proof(both: Deployment) -> None:
    """An operator has said whose it is."""
    assert both.issue(NAME, owner="own_b")
    assert both.checks.calls["read_txt"] == 0


def test_with_one_active_owner_an_http_name_needs_no_proof(both: Deployment) -> None:
    """There is nobody else it could be."""
    both.owners.change(replace(both.owner("own_b"), is_active=False))
    assert both.issue(NAME)


def test_an_owner_made_inactive_gets_no_renewal_until_an_operator_acts(both: Deployment) -> None:
    """The certificate is looked at all the same, and renewed soon after."""
    certificate_id = both.issue(*WILDCARD, owner="own_b")
    both.owners.change(replace(both.owner("own_b"), is_active=False))
    renewal_due(both, certificate_id)
    outcome = both.run_until(certificate_id, "owner-inactive")
    assert outcome.due_at == both.clock.now() + MINUTE
    assert len(both.ca.placed) == 1
    both.owners.change(replace(both.owner("own_b"), is_active=True))
    both.wait_until_due(certificate_id)
    both.run_until(certificate_id, "issued")
    assert len(both.ca.placed) == 2


def test_of_two_owners_at_once_the_later_ones_certificate_is_deleted_again(
    both: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both found the name free; the holding goes to one, and nothing of the other's request lasts."""
    monkeypatch.setattr(both.holdings, "holder", lambda _: "")
    both.request(NAME, owner="own_a")
    with pytest.raises(Conflict, match="held by another owner"):
        both.request(NAME, owner="own_b")
    (left,) = [item.id for item in both.certificates.list_summaries("own_b", "", 10).items]
    assert both.advance(left).code == "removed"
    monkeypatch.undo()
    assert both.holdings.holder(NAME) == "own_a"
