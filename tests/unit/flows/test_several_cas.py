"""Requests that list several CAs: one after the other, for reasons of the CAs' own."""

import pytest

from certwright.domain.ca import find_ca
from certwright.domain.certificate import Current
from certwright.domain.errors import CaRefusal, InvalidRequest
from certwright.domain.renewal import DAY, HOUR, MINUTE
from certwright.flows.ca_accounts import NewAccount, create_account, deactivate
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.settle_account import settle_account
from tests.fakes.ca import refuse
from tests.support.deployment import DIRECTORY, WILDCARD, Deployment

OWN = find_ca(DIRECTORY).account
BACKUP = NewAccount("backup", "https://backup.test/dir", is_terms_agreed=True, is_public=False)


@pytest.fixture
def certificate_id(town: Deployment) -> str:
    """A certificate that may come from the deployment's own CA, else from another."""
    create_account(town.desk, BACKUP)
    return create_certificate(town.desk, CertificateRequest("own_a", WILDCARD, cas=(OWN, "backup"))).desired.id


def current(town: Deployment, certificate_id: str) -> Current:
    """Look at what is issued."""
    found = town.work(certificate_id).current
    assert found is not None
    return found


def test_the_first_is_asked_first(town: Deployment, certificate_id: str) -> None:
    """The others are asked for nothing while it does."""
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).account == OWN
    assert town.accounts.read("backup") is None


def test_another_is_asked_within_minutes_where_the_first_will_not_have_the_names(
    town: Deployment, certificate_id: str
) -> None:
    """And the first again at the renewal, without a word of what the other issued."""
    town.ca.fail("place_order", CaRefusal("Not these.", type="rejectedIdentifier", status=403))
    asked_at = town.clock.now()
    town.run_until(certificate_id, "issued")
    assert town.clock.now() - asked_at < 5 * MINUTE
    assert current(town, certificate_id).account == "backup"
    town.clock.advance(milliseconds=DAY)
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    assert town.advance(certificate_id).code == "renewal-due"
    town.run_until(certificate_id, "issued")
    assert (current(town, certificate_id).account, current(town, certificate_id).replaces) == (OWN, "")
    assert town.ca.replaced == set()


def test_a_limit_that_lasts_is_got_round(town: Deployment, certificate_id: str) -> None:
    """A certificate is not late for one CA's counting."""
    limited = CaRefusal("Too many.", type="rateLimited", status=429, retry_after_seconds=6 * 3600.0)
    town.ca.fail("place_order", limited)
    asked_at = town.clock.now()
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).account == "backup"
    assert town.clock.now() - asked_at < HOUR


def test_an_account_that_was_given_up_is_passed_over(town: Deployment) -> None:
    """Its certificates come from the next one."""
    create_account(town.desk, BACKUP)
    request = CertificateRequest("own_a", WILDCARD, cas=("backup", OWN))
    certificate_id = create_certificate(town.desk, request).desired.id
    deactivate(town.desk, "backup")
    settle_account(town.workshop, "backup")
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).account == OWN


def test_a_users_broken_records_are_no_reason_to_ask_another(town: Deployment, certificate_id: str) -> None:
    """They are broken everywhere, and failures count at every CA."""
    town.ca.validator = refuse
    for _ in range(6):
        town.advance(certificate_id)
        town.wait_until_due(certificate_id)
    assert {closed.attempt.account for closed in town.history(certificate_id)} == {OWN}
    assert town.accounts.read("backup") is None


def test_every_ca_must_be_able_to_take_the_names(town: Deployment) -> None:
    """Else the last resort would be none."""
    create_account(town.desk, NewAccount("strict", "zerossl", is_terms_agreed=True))
    with pytest.raises(InvalidRequest) as refused:
        create_certificate(town.desk, CertificateRequest("own_a", ("www.internal",), cas=(OWN, "strict")))
    assert refused.value.code == "not-public"
    assert not town.store.managed
