"""Certificates from the test CA that is built in: the whole pipeline, and nothing to prove."""

from dataclasses import replace

import pytest

from certwright.adapters.self_signed_ca import SelfSignedCas
from certwright.domain.ca import SELF_SIGNED
from certwright.domain.errors import InvalidRequest, NotAllowed
from certwright.domain.shown import summary
from certwright.flows.ca_accounts import NewAccount, create_account, roll_over
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.settle_account import settle_account
from tests.fakes.registry import FakeAccountKeys
from tests.support.deployment import WILDCARD, Deployment


class PemAccountKeys(FakeAccountKeys):
    """Makes real keys, which sign."""

    def make(self, account: str, kind: object) -> bytes:
        from certwright.adapters.acme_account import new_account_key

        return new_account_key()


@pytest.fixture
def town(town: Deployment) -> Deployment:
    """A deployment where an operator has defined the test CA as `test`."""
    cas = SelfSignedCas(town.clock)
    town.workshop = replace(town.workshop, cas=cas, account_keys=PemAccountKeys())
    create_account(town.desk, NewAccount("test", SELF_SIGNED))
    return town


def ask(town: Deployment, *names: str, **fields: object) -> str:
    """Ask for a certificate of the test CA."""
    request = CertificateRequest("own_a", names or WILDCARD, cas=("test",))
    return create_certificate(town.desk, replace(request, **fields)).desired.id  # type: ignore[arg-type]  # its fields


def test_a_certificate_is_issued_in_one_go_without_any_record(town: Deployment) -> None:
    """No zone, no delegation, no holding, no look at DNS; it is labelled wherever it is shown."""
    certificate_id = ask(town)
    assert town.advance(certificate_id).code == "issued"
    managed = town.managed(certificate_id)
    assert managed.work.current is not None
    assert managed.work.current.issuer.startswith("CN=UNTRUSTED")
    assert managed.desired.is_untrusted
    assert summary(managed.desired, managed.work, town.clock.now()).is_untrusted
    assert town.zones.list_all() == ()
    assert not town.checks.calls
    assert town.holdings.holder("example.test") == ""


def test_it_is_renewed_like_any_other(town: Deployment) -> None:
    """By the lifetime, since nobody suggests anything."""
    certificate_id = ask(town, "www.internal")
    town.advance(certificate_id)
    town.clock.advance(milliseconds=town.work(certificate_id).renew_at - town.clock.now())
    town.run_until(certificate_id, "issued")
    current = town.work(certificate_id).current
    assert current is not None
    assert current.version == 2


def test_a_dry_run_of_it_is_one_at_itself(town: Deployment) -> None:
    """There is nothing that it could cost."""
    certificate_id = ask(town, is_dry_run=True)
    assert town.advance(certificate_id).code == "dry-run-passed"


def test_it_is_there_only_where_an_operator_has_defined_it(town: Deployment) -> None:
    """Its name alone gives nobody a certificate."""
    with pytest.raises(InvalidRequest) as refused:
        create_certificate(town.desk, CertificateRequest("own_a", WILDCARD, cas=(SELF_SIGNED,)))
    assert (refused.value.field, refused.value.code) == ("ca", "ca-unknown")


def test_it_is_never_one_of_several(town: Deployment) -> None:
    """Nobody must get an untrusted certificate because a CA was busy."""
    with pytest.raises(InvalidRequest) as refused:
        ask(town, cas=(town.desk.ca.account, "test"))
    assert refused.value.field == "cas"


def test_patterns_still_say_what_an_owner_may_ask_for(town: Deployment) -> None:
    """Though nothing is proven."""
    town.add_owner("own_b", "b.test")
    with pytest.raises(NotAllowed) as refused:
        ask(town, owner="own_b")
    assert refused.value.code == "name-not-granted"


def test_its_key_is_replaced_by_a_plain_one_and_never_by_one_in_kms(town: Deployment) -> None:
    """It signs certificates, which a key for accounts in KMS is not for."""
    settle_account(town.workshop, "test")
    before = town.accounts.read("test")
    roll_over(town.desk, "test")
    settle_account(town.workshop, "test")
    after = town.accounts.read("test")
    assert before is not None
    assert after is not None
    assert after.encrypted_key != before.encrypted_key
    with pytest.raises(InvalidRequest) as refused:
        create_account(town.desk, NewAccount("other", SELF_SIGNED, key="kms"))
    assert (refused.value.field, refused.value.code) == ("key", "ca-key")
