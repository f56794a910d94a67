"""Dry runs at a CA's staging, and rehearsals of renewals."""

from dataclasses import replace

import pytest

from certwright.domain.ca import find_ca
from certwright.domain.dry_run import DRY_RUN_KEPT
from certwright.domain.errors import CaRefusal, InvalidRequest
from certwright.domain.renewal import DAY, HOUR
from certwright.domain.shown import NEVER_LATE, status, summary
from certwright.flows.ca_accounts import AccountWish, NewAccount, change_account, create_account
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from tests.fakes.ca import refuse
from tests.support.deployment import CNAME_MISSING, DIRECTORY, WILDCARD, Deployment

OWN = find_ca(DIRECTORY).account
STAGING = NewAccount("staging", "https://staging.test/dir", is_terms_agreed=True, is_public=False)


@pytest.fixture
def town() -> Deployment:
    """A deployment whose own CA account has another for dry runs."""
    town = Deployment()
    create_account(town.desk, STAGING)
    change_account(town.desk, OWN, AccountWish(staging="staging"))
    return town


def try_out(town: Deployment, *names: str) -> str:
    """Ask for a dry run."""
    request = CertificateRequest("own_a", names or WILDCARD, is_dry_run=True)
    return create_certificate(town.desk, request).desired.id


def shown(town: Deployment, certificate_id: str) -> tuple[str, str]:
    """Look at state and reason as people see them."""
    managed = town.managed(certificate_id)
    told = status(managed.desired, managed.work, town.clock.now())
    return told.state, told.reason


def test_a_dry_run_asks_the_staging_and_keeps_nothing(town: Deployment) -> None:
    """No version, no current bundle; the verdict says what would have come of it."""
    certificate_id = try_out(town)
    town.run_until(certificate_id, "dry-run-passed")
    work = town.work(certificate_id)
    assert (work.current, work.attempt) == (None, None)
    assert work.verdict is not None
    assert work.verdict.not_after > town.clock.now()
    assert shown(town, certificate_id) == ("passed", "dry-run-passed")
    assert not [name for name in town.bucket.objects if not name.startswith("pending/")]
    assert town.accounts.read(OWN) is None
    stored = town.accounts.read("staging")
    assert stored is not None
    assert stored.directory == "https://staging.test/dir"


def test_a_dry_run_goes_by_itself_a_day_after_it_has_ended(town: Deployment) -> None:
    """With the key it was tried with, and the hold on its names."""
    certificate_id = try_out(town, "www.example.test")
    town.run_until(certificate_id, "dry-run-passed")
    assert town.holdings.holder("www.example.test") == "own_a"
    town.clock.advance(milliseconds=DRY_RUN_KEPT)
    assert town.advance(certificate_id).code == "removed"
    assert certificate_id not in town.store.managed
    assert town.bucket.objects == {}
    assert town.holdings.holder("www.example.test") == ""


def test_a_dry_run_that_fails_says_why_and_is_not_tried_again(town: Deployment) -> None:
    """With the CA's own problem; nothing is ordered again until somebody asks."""
    town.ca.validator = refuse
    certificate_id = try_out(town)
    town.run_until(certificate_id, "dry-run-failed")
    orders = town.ca.calls["place_order"]
    assert shown(town, certificate_id) == ("failed", "ca-unauthorized")
    verdict = town.work(certificate_id).verdict
    assert verdict is not None
    assert verdict.problem is not None
    town.wake(certificate_id)
    assert town.advance(certificate_id).code == "dry-run-failed"
    assert town.ca.calls["place_order"] == orders


def test_an_account_that_the_staging_refuses_is_the_verdict_too(town: Deployment) -> None:
    """Though no attempt was ever begun."""
    town.cas.faults.append(CaRefusal("No.", type="unauthorized", status=403))
    certificate_id = try_out(town)
    town.run_until(certificate_id, "dry-run-failed")
    assert shown(town, certificate_id) == ("failed", "ca-unauthorized")


def test_a_dry_run_waits_for_records_like_a_certificate_but_only_a_day(town: Deployment) -> None:
    """It names what is missing meanwhile, and nobody is called for it."""
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = try_out(town)
    town.run_until(certificate_id, "cname-missing")
    assert shown(town, certificate_id) == ("waiting", "cname-missing")
    managed = town.managed(certificate_id)
    assert summary(managed.desired, managed.work, town.clock.now()).late_at == NEVER_LATE
    town.clock.advance(milliseconds=DAY - HOUR)
    town.run_until(certificate_id, "removed", rounds=400)


def test_a_dry_run_needs_somewhere_to_go(town: Deployment) -> None:
    """The refusal names the field, and where to set the account; a known CA's own staging needs no word."""
    with pytest.raises(InvalidRequest, match="staging") as refused:
        create_certificate(town.desk, CertificateRequest("own_a", WILDCARD, cas=("staging",), is_dry_run=True))
    assert (refused.value.field, refused.value.code) == ("dry_run", "staging-unknown")
    create_account(town.desk, NewAccount("live", "letsencrypt", "a@example.com", is_terms_agreed=True))
    request = CertificateRequest("own_a", ("www.example.com",), cas=("live",), is_dry_run=True)
    desired = create_certificate(town.desk, request).desired
    assert (desired.account, desired.dry_run_of) == ("letsencrypt-staging", "live")
    made = town.ca_definitions.read("letsencrypt-staging")
    assert made is not None
    assert (made.contact, made.is_terms_agreed) == ("a@example.com", True)


def rehearsed(town: Deployment) -> str:
    """Have a certificate issued whose renewals are rehearsed a week before, and let that day come."""
    request = CertificateRequest("own_a", WILDCARD, rehearse_days=7)
    certificate_id = create_certificate(town.desk, request).desired.id
    town.run_until(certificate_id, "issued")
    town.clock.advance(milliseconds=town.work(certificate_id).renew_at - 7 * DAY - town.clock.now())
    for _ in range(3):
        town.advance(certificate_id)
    return certificate_id


def test_a_renewal_is_rehearsed_some_days_before(town: Deployment) -> None:
    """By a dry run of the same names, once; all is well as long as it is."""
    certificate_id = rehearsed(town)
    rehearsal = town.work(certificate_id).rehearsal
    assert rehearsal is not None
    assert town.managed(rehearsal.id).desired.names == town.managed(certificate_id).desired.names
    town.run_until(rehearsal.id, "dry-run-passed")
    town.wait_until_due(certificate_id)
    town.run_until(certificate_id, "issued")
    ended = town.work(certificate_id).rehearsal
    assert ended is not None
    assert (bool(ended.ended_at), ended.problem) == (True, None)
    assert shown(town, certificate_id) == ("issued", "issued")


def test_a_rehearsal_that_fails_is_told_and_changes_nothing_of_the_renewal(town: Deployment) -> None:
    """The certificate stays issued, with a problem; when the day has come it is renewed as ever."""
    certificate_id = rehearsed(town)
    rehearsal = town.work(certificate_id).rehearsal
    assert rehearsal is not None
    validator, town.ca.validator = town.ca.validator, refuse
    town.run_until(rehearsal.id, "dry-run-failed")
    town.ca.validator = validator
    town.wait_until_due(certificate_id)
    outcome = town.run_until(certificate_id, "issued")
    assert outcome.notice == "rehearsal-failed"
    assert shown(town, certificate_id) == ("issued", "rehearsal-failed")
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    assert town.advance(certificate_id).code == "renewal-due"
    town.run_until(certificate_id, "issued")
    current = town.work(certificate_id).current
    assert current is not None
    assert (current.version, shown(town, certificate_id)) == (2, ("issued", "issued"))


def test_a_rehearsal_that_never_ends_is_a_failed_one_after_half_a_day(town: Deployment) -> None:
    """It then shows what the dry run waits for."""
    certificate_id = rehearsed(town)
    rehearsal = town.work(certificate_id).rehearsal
    assert rehearsal is not None
    town.checks.problems["example.test"] = CNAME_MISSING
    town.run_until(rehearsal.id, "cname-missing")
    town.clock.advance(milliseconds=12 * HOUR)
    town.checks.problems.clear()
    town.advance(certificate_id)
    assert shown(town, certificate_id) == ("issued", "rehearsal-failed")


def test_no_rehearsal_without_a_staging_and_none_for_what_is_renewed_sooner(town: Deployment) -> None:
    """Neither is a failure."""
    change_account(town.desk, OWN, AccountWish(staging=""))
    town.workshop = replace(town.workshop, settings=replace(town.settings, rehearse_days=7))
    certificate_id = create_certificate(town.desk, CertificateRequest("own_a", WILDCARD)).desired.id
    town.run_until(certificate_id, "issued")
    work = town.work(certificate_id)
    town.clock.advance(milliseconds=work.renew_at - 7 * DAY - town.clock.now())
    for _ in range(3):
        town.advance(certificate_id)
    assert len(town.store.managed) == 1
    assert shown(town, certificate_id) == ("issued", "issued")
    with pytest.raises(InvalidRequest) as refused:
        create_certificate(town.desk, CertificateRequest("own_a", ("a.test",), rehearse_days=7))
    assert refused.value.field == "rehearse_days"
