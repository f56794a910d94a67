"""Revocation: of any version that is still valid, once, with what follows from the reason."""

from dataclasses import replace

import pytest

from certwright.domain.access import Caller, Role
from certwright.domain.bundle import private_key_of
from certwright.domain.errors import CaRefusal, Conflict, InvalidRequest, NotFound, Unavailable
from certwright.domain.renewal import HOUR, MINUTE, SECOND
from certwright.domain.revocation import MOST_REVOCATIONS, Reason
from certwright.domain.shown import status
from certwright.flows.ask_revocation import RevocationWish, ask_revocation
from certwright.flows.ca_accounts import NewAccount, create_account, deactivate
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.read_certificate import list_events
from certwright.flows.request_choices import KeyWish
from certwright.flows.revoke_by_key import revoke_with_key
from certwright.flows.settle_account import settle_account
from tests.support.csrs import pem
from tests.support.deployment import ADMIN, WILDCARD, Deployment


def revoke(
    town: Deployment, certificate_id: str, reason: str, version: int = 0, *, reissues: bool | None = None
) -> None:
    """Ask for it as the API does."""
    ask_revocation(town.desk, ADMIN, certificate_id, RevocationWish(reason, version, reissues))


def renew(town: Deployment, certificate_id: str) -> None:
    """Have the CA suggest renewal now, and let the sweep bring it up; a renewed certificate is kept for an hour."""
    town.clock.advance(milliseconds=HOUR)
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    assert town.advance(certificate_id).code == "renewal-due"
    town.run_until(certificate_id, "issued")


def state(town: Deployment, certificate_id: str) -> str:
    """Tell the state people see."""
    managed = town.managed(certificate_id)
    return status(managed.desired, managed.work, town.clock.now()).state


def version(town: Deployment, certificate_id: str) -> int:
    """Tell the current version."""
    current = town.work(certificate_id).current
    return current.version if current else 0


def states_told(town: Deployment, certificate_id: str) -> list[str]:
    """List the states that were announced, oldest first."""
    return [event.state for event in reversed(list_events(town.desk, ADMIN, certificate_id))]


def test_a_compromised_key_is_revoked_by_itself_and_replaced_at_once(town: Deployment) -> None:
    """A new version with a new key is there after the same invocation, and every state was told."""
    certificate_id = create_certificate(
        town.desk, CertificateRequest("own_a", WILDCARD, key=KeyWish(is_reused=True))
    ).desired.id
    town.run_until(certificate_id, "issued")
    first, key = town.work(certificate_id).current, private_key_of(town.versions.read_bundle(certificate_id) or b"")
    assert first is not None
    revoke(town, certificate_id, "keyCompromise")
    town.run_until(certificate_id, "issued")
    second = town.work(certificate_id).current
    assert second is not None
    assert (town.ca.revoked, town.cas.revoked_by_key) == ({first.serial: Reason.KEY_COMPROMISE}, [first.serial])
    assert (second.version, second.public_key != first.public_key) == (2, True)
    assert private_key_of(town.versions.read_bundle(certificate_id) or b"") != key
    assert states_told(town, certificate_id)[-4:] == ["issued", "revoked", "renewing", "issued"]
    renew(town, certificate_id)
    third = town.work(certificate_id).current
    assert third is not None
    assert third.public_key == second.public_key


def test_a_key_that_was_used_again_is_replaced_when_an_earlier_version_was_compromised(town: Deployment) -> None:
    """It is the key that leaked, not the version."""
    request = CertificateRequest("own_a", WILDCARD, key=KeyWish(is_reused=True))
    certificate_id = create_certificate(town.desk, request).desired.id
    town.run_until(certificate_id, "issued")
    renew(town, certificate_id)
    leaked = town.work(certificate_id).current
    assert leaked is not None
    revoke(town, certificate_id, "keyCompromise", version=1)
    town.run_until(certificate_id, "issued")
    current = town.work(certificate_id).current
    assert current is not None
    assert (current.version, current.public_key == leaked.public_key) == (3, False)


@pytest.mark.parametrize(
    ("reason", "reissues", "after"),
    [
        ("superseded", None, ("issued", 2)),
        ("unspecified", False, ("revoked", 1)),
        ("cessationOfOperation", None, ("revoked", 1)),
        ("cessationOfOperation", True, ("issued", 2)),
        ("keyCompromise", False, ("revoked", 1)),
    ],
)
def test_what_follows_is_decided_by_the_reason_unless_it_was_said(
    town: Deployment, reason: str, reissues: bool | None, after: tuple[str, int]
) -> None:
    """What is revoked for good stays so, and is not renewed."""
    certificate_id = town.issue(*WILDCARD)
    revoke(town, certificate_id, reason, reissues=reissues)
    town.run_until(certificate_id, after[0])
    assert (state(town, certificate_id), version(town, certificate_id)) == after
    assert list(town.ca.revoked.values()) == [Reason(reason)]
    town.wait_until_due(certificate_id)
    town.advance(certificate_id)
    assert version(town, certificate_id) == after[1]


def test_an_earlier_version_is_revoked_and_the_current_one_left_alone(town: Deployment) -> None:
    """By the account that ordered it."""
    certificate_id = town.issue(*WILDCARD)
    first = town.work(certificate_id).current
    assert first is not None
    renew(town, certificate_id)
    revoke(town, certificate_id, "superseded", version=1)
    town.run_until(certificate_id, "issued")
    assert town.ca.revoked == {first.serial: Reason.SUPERSEDED}
    assert (state(town, certificate_id), version(town, certificate_id)) == ("issued", 2)


def test_asking_again_changes_nothing(town: Deployment) -> None:
    """Not at us, and not at the CA, which may have done it already when its answer got lost."""
    certificate_id = town.issue(*WILDCARD)
    town.ca.fail("revoke", Unavailable("Silence."), is_after=True)
    revoke(town, certificate_id, "superseded", reissues=False)
    revoke(town, certificate_id, "unspecified")
    town.advance(certificate_id)
    assert town.work(certificate_id).revoked == ()
    assert town.work(certificate_id).due_at <= town.clock.now() + MINUTE
    town.run_until(certificate_id, "revoked")
    revoke(town, certificate_id, "superseded")
    town.run_until(certificate_id, "revoked")
    assert town.ca.calls["revoke"] == 2
    assert len(town.managed(certificate_id).desired.revocations) == len(town.work(certificate_id).revoked) == 1


def test_a_ca_that_is_busy_is_asked_again_when_it_said(town: Deployment) -> None:
    """Renewal and all else go on meanwhile."""
    certificate_id = town.issue(*WILDCARD)
    town.ca.fail("revoke", CaRefusal("Busy.", type="rateLimited", status=429, retry_after_seconds=600.0))
    revoke(town, certificate_id, "superseded", reissues=False)
    town.advance(certificate_id)
    assert town.work(certificate_id).revoke_at == town.clock.now() + 600 * SECOND
    assert state(town, certificate_id) == "issued"
    town.run_until(certificate_id, "revoked")


def test_what_the_ca_refuses_for_good_is_told_and_not_asked_again(town: Deployment) -> None:
    """The certificate goes on as before."""
    certificate_id = town.issue(*WILDCARD)
    town.ca.fail("revoke", CaRefusal("Not with that reason.", type="badRevocationReason", status=400))
    revoke(town, certificate_id, "affiliationChanged")
    town.advance(certificate_id)
    (done,) = town.work(certificate_id).revoked
    assert done.problem is not None
    assert (done.problem.code, state(town, certificate_id)) == ("ca-badRevocationReason", "issued")
    town.wake(certificate_id)
    town.advance(certificate_id)
    assert town.ca.calls["revoke"] == 1


def test_a_csrs_certificate_is_revoked_by_the_account_and_not_renewed(town: Deployment) -> None:
    """We don't have its key; only its user can make another CSR."""
    key = town.workshop.keys.generate("ec-p256")
    wish = KeyWish(csr=pem(town.workshop.keys.build_csr(key, WILDCARD)))
    certificate_id = create_certificate(town.desk, CertificateRequest("own_a", WILDCARD, key=wish)).desired.id
    town.run_until(certificate_id, "issued")
    revoke(town, certificate_id, "keyCompromise")
    town.run_until(certificate_id, "csr-key-compromised")
    assert (len(town.ca.revoked), town.cas.revoked_by_key) == (1, [])
    assert state(town, certificate_id) == "revoked"


def test_a_version_that_is_stored_no_more_can_not_be_revoked(town: Deployment) -> None:
    """Whoever cleared the bucket is told so; a version that never was is refused at once."""
    certificate_id = town.issue(*WILDCARD)
    with pytest.raises(InvalidRequest) as refused:
        revoke(town, certificate_id, "superseded", version=2)
    assert (refused.value.field, refused.value.code) == ("version", "version-unknown")
    for key in [key for key in town.bucket.objects if key.startswith("versions/")]:
        del town.bucket.objects[key]
    revoke(town, certificate_id, "superseded")
    town.advance(certificate_id)
    (done,) = town.work(certificate_id).revoked
    assert done.problem is not None
    assert done.problem.code == "version-gone"


def test_a_wish_that_makes_no_sense_is_refused(town: Deployment) -> None:
    """Nothing is stored."""
    waiting = town.request(*WILDCARD)
    with pytest.raises(Conflict) as early:
        revoke(town, waiting, "superseded")
    assert early.value.code == "not-issued-yet"
    with pytest.raises(InvalidRequest, match="keyCompromise") as unknown:
        revoke(town, waiting, "bored")
    assert unknown.value.code == "revocation-reason"
    with pytest.raises(NotFound):
        revoke(town, "crt_none", "superseded")
    assert town.managed(waiting).desired.revocations == ()


def test_an_item_does_not_grow_for_ever(town: Deployment) -> None:
    """Each revocation lies in it."""
    certificate_id = town.issue(*WILDCARD)
    for at in range(MOST_REVOCATIONS):
        revoke(town, certificate_id, "superseded")
        town.run_until(certificate_id, "issued")
        assert version(town, certificate_id) == at + 2
    with pytest.raises(Conflict):
        revoke(town, certificate_id, "superseded")
    assert len(town.work(certificate_id).earlier) == MOST_REVOCATIONS


def test_whoever_has_a_certificates_key_may_have_it_revoked(town: Deployment) -> None:
    """Ours or not, by the CA at once; the key of another certificate proves nothing."""
    certificate_id = town.issue(*WILDCARD)
    bundle = (town.versions.read_bundle(certificate_id) or b"").decode()
    other = town.workshop.keys.generate("ec-p256").decode()
    with pytest.raises(InvalidRequest) as refused:
        revoke_with_key(town.desk, ADMIN, bundle, other, "keyCompromise")
    assert refused.value.code == "key-mismatch"
    for _ in range(2):
        revoke_with_key(town.desk, ADMIN, bundle, bundle, "keyCompromise")
    assert list(town.ca.revoked.values()) == [Reason.KEY_COMPROMISE]


@pytest.mark.parametrize(("type_", "raised"), [("rateLimited", Unavailable), ("malformed", InvalidRequest)])
def test_what_the_ca_says_to_a_revocation_by_key_is_passed_on(
    town: Deployment, type_: str, raised: type[Exception]
) -> None:
    """Later, or never."""
    bundle = (town.versions.read_bundle(town.issue(*WILDCARD)) or b"").decode()
    town.ca.fail("revoke", CaRefusal("No.", type=type_, status=400))
    with pytest.raises(raised, match="The CA refused"):
        revoke_with_key(town.desk, ADMIN, bundle, bundle, "keyCompromise")


def csr_request(town: Deployment, key: bytes, *names: str) -> CertificateRequest:
    """Ask for names with a key of the user's."""
    return CertificateRequest("own_a", names, key=KeyWish(csr=pem(town.workshop.keys.build_csr(key, names))))


def test_every_version_with_a_compromised_key_is_revoked(town: Deployment) -> None:
    """Whoever has the key can use each of them until it expires; those with another key stay."""
    request = CertificateRequest("own_a", WILDCARD, key=KeyWish(is_reused=True))
    certificate_id = create_certificate(town.desk, request).desired.id
    town.run_until(certificate_id, "issued")
    renew(town, certificate_id)
    renew(town, certificate_id)
    revoke(town, certificate_id, "keyCompromise", version=2)
    town.run_until(certificate_id, "issued")
    assert [item.version for item in town.work(certificate_id).revoked] == [2, 3, 1]
    assert (len(town.ca.revoked), version(town, certificate_id)) == (3, 4)
    revoke(town, certificate_id, "keyCompromise")
    town.run_until(certificate_id, "issued")
    assert [item.version for item in town.work(certificate_id).revoked] == [2, 3, 1, 4]


def test_a_version_whose_key_is_not_known_counts_as_the_others_where_the_key_is_used_again(town: Deployment) -> None:
    """Versions that were stored before keys were noted beside them."""
    request = CertificateRequest("own_a", WILDCARD, key=KeyWish(is_reused=True))
    certificate_id = create_certificate(town.desk, request).desired.id
    town.run_until(certificate_id, "issued")
    renew(town, certificate_id)
    (first,) = town.work(certificate_id).earlier
    town.change_work(certificate_id, earlier=(replace(first, public_key=""),))
    revoke(town, certificate_id, "keyCompromise")
    town.run_until(certificate_id, "issued")
    assert len(town.ca.revoked) == 2


def test_all_certificates_of_a_compromised_csr_key_go(town: Deployment) -> None:
    """Those that are issued are revoked, those that are not never are, and no request takes the key again."""
    key = town.workshop.keys.generate("ec-p256")
    ids = [create_certificate(town.desk, csr_request(town, key, f"*.n{at}.test")).desired.id for at in range(3)]
    for certificate_id in ids[:2]:
        town.run_until(certificate_id, "issued")
    other = town.issue("*.other.test")
    revoke(town, ids[0], "keyCompromise")
    for certificate_id in ids:
        town.run_until(certificate_id, "csr-key-compromised")
    assert [state(town, certificate_id) for certificate_id in (*ids, other)] == [
        "revoked",
        "revoked",
        "waiting",
        "issued",
    ]
    with pytest.raises(InvalidRequest) as refused:
        create_certificate(town.desk, csr_request(town, key, "*.n3.test"))
    assert (refused.value.field, refused.value.code) == ("csr", "csr-key-compromised")


def test_another_owners_certificate_is_no_callers_to_revoke(town: Deployment) -> None:
    """The key is noted all the same: what is there stays, and is not renewed with it."""
    town.add_owner("own_b")
    key = town.workshop.keys.generate("ec-p256")
    mine = create_certificate(town.desk, csr_request(town, key, "*.mine.test")).desired.id
    theirs = create_certificate(town.desk, replace(csr_request(town, key, "*.theirs.test"), owner="own_b")).desired.id
    for certificate_id in (mine, theirs):
        town.run_until(certificate_id, "issued")
    requester = Caller("t", "own_a", Role.REQUESTER)
    ask_revocation(town.desk, requester, mine, RevocationWish("keyCompromise"))
    town.run_until(mine, "csr-key-compromised")
    assert state(town, theirs) == "issued"
    assert town.managed(theirs).desired.revocations == ()


def test_a_found_key_of_ours_is_replaced(town: Deployment) -> None:
    """Whoever sends it need not know which certificate has it."""
    certificate_id, other = town.issue(*WILDCARD), town.issue("*.other.test")
    bundle = (town.versions.read_bundle(certificate_id) or b"").decode()
    assert revoke_with_key(town.desk, ADMIN, bundle, bundle, "keyCompromise") == (certificate_id,)
    town.run_until(certificate_id, "issued")
    assert (version(town, certificate_id), version(town, other)) == (2, 1)
    assert revoke_with_key(town.desk, ADMIN, bundle, bundle, "superseded") == ()


def test_what_an_account_that_was_given_up_has_issued_can_not_be_revoked_by_it(town: Deployment) -> None:
    """That is told, and holds nothing else up."""
    create_account(town.desk, NewAccount("seen", "https://seen.test/dir", is_terms_agreed=True, is_public=False))
    request = CertificateRequest("own_a", WILDCARD, cas=("seen",))
    certificate_id = create_certificate(town.desk, request).desired.id
    town.run_until(certificate_id, "issued")
    deactivate(town.desk, "seen")
    settle_account(town.workshop, "seen")
    revoke(town, certificate_id, "superseded")
    town.advance(certificate_id)
    (done,) = town.work(certificate_id).revoked
    assert done.problem is not None
    assert (done.problem.code, state(town, certificate_id)) == ("ca-deactivated", "issued")
