"""Limits that we count ourselves, where a request lists several CAs: a long wait at one is got round by another."""

from dataclasses import replace

import pytest

from certwright.domain.ca import find_ca
from certwright.domain.errors import InvalidRequest
from certwright.domain.limits import Kind
from certwright.domain.renewal import HOUR, MINUTE
from certwright.flows.ca_accounts import AccountWish, NewAccount, change_account, create_account
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.list_budgets import list_budgets
from certwright.flows.settle_account import settle_account
from tests.support.deployment import DIRECTORY, Deployment

OWN = find_ca(DIRECTORY).account


def prepare(town: Deployment, own_limits: str, others_limits: str) -> Deployment:
    """Have two accounts, each limited."""
    settings = replace(town.settings, acme_limits=own_limits)
    town.workshop = replace(town.workshop, settings=settings)
    town.desk = replace(town.desk, settings=settings)
    backup = NewAccount("backup", "https://backup.test/dir", is_terms_agreed=True, is_public=False)
    create_account(town.desk, replace(backup, limits=others_limits))
    settle_account(town.workshop, "backup")
    return town


def ask(town: Deployment, number: int) -> str:
    """Ask for a certificate of another name from either, and work on it once."""
    request = CertificateRequest("own_a", (f"www.d{number}.test",), cas=(OWN, "backup"))
    certificate_id = create_certificate(town.desk, request).desired.id
    town.advance(certificate_id)
    return certificate_id


def issued_by(town: Deployment, certificate_id: str) -> str:
    """Tell which account issued it, empty for none yet."""
    current = town.work(certificate_id).current
    return current.account if current else ""


def test_a_far_place_is_not_waited_for_where_another_ca_is_free(town: Deployment) -> None:
    """Both are asked within the same invocation, and nothing of the first one's is used up."""
    prepare(town, "orders=2/48h", "orders=100/1h")
    asked = [ask(town, number) for number in range(4)]
    by = [issued_by(town, certificate_id) for certificate_id in asked]
    assert by[0] == OWN
    assert set(by[2:]) == {"backup"}


def test_a_near_place_is_waited_for(town: Deployment) -> None:
    """An hour is no reason to have a certificate from the second choice."""
    prepare(town, "orders=4/40m", "orders=100/1h")
    asked = [ask(town, number) for number in range(6)]
    waiting = [item for item in asked if not issued_by(town, item)]
    assert waiting
    assert {town.work(item).reason for item in waiting} == {"waiting-for-budget"}
    assert all(town.work(item).due_at - town.clock.now() <= HOUR for item in waiting)
    town.run_until(waiting[0], "issued")
    assert issued_by(town, waiting[0]) == OWN


def test_where_all_are_far_the_nearest_is_waited_for(town: Deployment) -> None:
    """The place at the first is kept while the second is looked at, and the other way round."""
    prepare(town, "orders=2/96h", "orders=2/24h")
    asked = [ask(town, number) for number in range(6)]
    waiting = [item for item in asked if not issued_by(town, item)]
    work = town.work(waiting[-1])
    assert work.reason == "waiting-for-budget"
    assert len({place.account for place in work.places}) == 2
    nearest = min(place.at for place in work.places)
    assert abs(work.due_at - nearest) <= MINUTE
    town.run_until(waiting[-1], "issued")


def test_each_account_is_told_of_its_own_limits(town: Deployment) -> None:
    """Orders are an account's own; what is counted for domains is shared at one CA. A little room is held back."""
    prepare(town, "orders=2/48h domain=5/7d", "orders=100/1h")
    create_account(town.desk, NewAccount("second", DIRECTORY, is_terms_agreed=True, limits="orders=9/9h domain=5/7d"))
    ask(town, 0)
    own, second, backup = (list_budgets(town.desk, name) for name in ("", "second", "backup"))
    assert [report.account for report in (own, second, backup)] == [OWN, "second", "backup"]
    told = [{(item.kind, item.subject): item.room for item in report.budgets} for report in (own, second, backup)]
    assert told == [
        {(Kind.ORDERS, OWN): 0, (Kind.DOMAIN, "d0.test"): 3},
        {(Kind.ORDERS, "second"): 8, (Kind.DOMAIN, "d0.test"): 3},
        {(Kind.ORDERS, "backup"): 96},
    ]
    with pytest.raises(InvalidRequest):
        list_budgets(town.desk, "nobody")


def test_the_limits_of_an_account_are_set_and_taken_back(town: Deployment) -> None:
    """They are told with the budgets once they are set of the deployment's own; what can't be read is refused."""
    change_account(town.desk, OWN, AccountWish(limits="orders=7/7h"))
    limits = list_budgets(town.desk).ca.limits
    assert limits.orders is not None
    with pytest.raises(InvalidRequest) as refused:
        change_account(town.desk, OWN, AccountWish(limits="orders=many"))
    assert (refused.value.field, refused.value.code) == ("limits", "ca-limits")
    change_account(town.desk, OWN, AccountWish(limits=""))
    assert not [item for item in list_budgets(town.desk).budgets if item.kind is Kind.ORDERS]
