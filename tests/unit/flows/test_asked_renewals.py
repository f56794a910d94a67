"""Renewals ahead of their time: at once, once, under the CA's limits, and never at the cost of what is there."""

from dataclasses import replace

import pytest

from certwright.domain.access import Caller, Role
from certwright.domain.asked_renewal import AskedRenewal
from certwright.domain.certificate import Current, Event
from certwright.domain.errors import CaRefusal, Conflict, InvalidRequest, NotFound, StaleRevision, Unavailable
from certwright.domain.renewal import DAY
from certwright.domain.shown import status
from certwright.flows.ask_renewal import TRIES, ask_renewal
from certwright.flows.ask_revocation import RevocationWish, ask_revocation
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.read_certificate import list_events
from certwright.flows.request_choices import KeyWish
from tests.fakes.certificates import FakeRenewals
from tests.support.csrs import pem
from tests.support.deployment import ADMIN, CNAME_MISSING, WILDCARD, Deployment


def ask(town: Deployment, certificate_id: str, *, has_new_key: bool = False) -> None:
    """Ask as the API does."""
    ask_renewal(town.desk, ADMIN, certificate_id, has_new_key=has_new_key)


def current(town: Deployment, certificate_id: str) -> Current:
    """Look at the current version."""
    found = town.work(certificate_id).current
    assert found is not None
    return found


def shown(town: Deployment, certificate_id: str) -> tuple[str, str]:
    """Tell state and reason as people see them."""
    managed = town.managed(certificate_id)
    found = status(managed.desired, managed.work, town.clock.now())
    return found.state, found.reason


def issue_with_one_key(town: Deployment) -> str:
    """Have a certificate that is renewed with the same key."""
    wanted = CertificateRequest("own_a", WILDCARD, key=KeyWish(is_reused=True))
    certificate_id = create_certificate(town.desk, wanted).desired.id
    town.run_until(certificate_id, "issued")
    return certificate_id


def test_a_renewal_that_is_asked_for_begins_at_once_and_replaces_the_old_one(town: Deployment) -> None:
    """Long before its time; the order names what it replaces, and one is enough."""
    certificate_id = town.issue()
    first = current(town, certificate_id)
    ask(town, certificate_id)
    assert shown(town, certificate_id) == ("issued", "renewal-requested")
    town.run_until(certificate_id, "issued")
    second = current(town, certificate_id)
    assert (second.version, second.replaces) == (2, first.ari_id)
    assert shown(town, certificate_id) == ("issued", "issued")
    town.wait_until_due(certificate_id)
    town.advance(certificate_id)
    assert current(town, certificate_id).version == 2


def test_the_history_tells_who_began_it(town: Deployment) -> None:
    """The wish, and a renewal for this reason."""
    certificate_id = town.issue()
    ask(town, certificate_id)
    town.run_until(certificate_id, "issued")
    told = [(event.state, event.reason) for event in reversed(list_events(town.desk, ADMIN, certificate_id))]
    requested = "renewal-requested"
    assert told[-3:] == [("issued", requested), ("renewing", requested), ("issued", "issued")]


def test_asking_again_changes_nothing(town: Deployment) -> None:
    """One wish, one event, one order; a later version is wished for anew."""
    certificate_id = town.issue()
    for _ in range(3):
        ask(town, certificate_id)
    events = [item for item in list_events(town.desk, ADMIN, certificate_id) if item.reason == "renewal-requested"]
    assert len(events) == 1
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).version == 2
    ask(town, certificate_id)
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).version == 3


def test_a_lost_answer_is_made_good_by_asking_again(town: Deployment) -> None:
    """The wish stands, and so does the call for a worker, which is called once more."""
    certificate_id = town.issue()
    now = town.clock.now()
    wish = AskedRenewal(1, now)
    town.desk.renewals.ask(certificate_id, wish, Event(now, "issued", "renewal-requested", "Asked."))
    ask(town, certificate_id)
    assert (town.managed(certificate_id).desired.renewal, town.work(certificate_id).wake) == (wish, 2)
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).version == 2


def test_a_key_that_is_used_again_can_be_replaced(town: Deployment) -> None:
    """The new one is then the one that is used again."""
    certificate_id = issue_with_one_key(town)
    keys = [current(town, certificate_id).public_key]
    for has_new_key in (False, True, False):
        ask(town, certificate_id, has_new_key=has_new_key)
        town.run_until(certificate_id, "issued")
        keys.append(current(town, certificate_id).public_key)
    assert keys[0] == keys[1] != keys[2] == keys[3]


def test_the_wish_for_a_new_key_outlasts_a_renewal_with_the_old_one(town: Deployment) -> None:
    """What was under way is not thrown away, and not taken for what was asked."""
    certificate_id = issue_with_one_key(town)
    old = current(town, certificate_id).public_key
    town.ca.fail("place_order", Unavailable("Silence."))
    ask(town, certificate_id)
    town.advance(certificate_id)
    attempt = town.work(certificate_id).attempt
    assert attempt is not None
    assert attempt.public_key == old
    ask(town, certificate_id, has_new_key=True)
    town.run_until(certificate_id, "issued")
    found = current(town, certificate_id)
    assert (found.version, found.public_key != old) == (3, True)


def test_an_attempt_that_is_under_way_is_the_renewal(town: Deployment) -> None:
    """Whoever asks in the middle of one gets that one."""
    certificate_id = town.issue()
    town.ca.fail("place_order", Unavailable("Silence."))
    ask(town, certificate_id)
    town.advance(certificate_id)
    assert shown(town, certificate_id)[0] == "renewing"
    ask(town, certificate_id)
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).version == 2


def test_what_is_there_stays_while_a_record_is_missing(town: Deployment) -> None:
    """The problem is told; once it is mended the renewal goes on."""
    certificate_id = town.issue()
    town.checks.problems["example.test"] = CNAME_MISSING
    ask(town, certificate_id)
    assert town.advance(certificate_id).code == "cname-missing"
    assert shown(town, certificate_id) == ("issued", "cname-missing")
    assert current(town, certificate_id).version == 1
    town.checks.problems.clear()
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).version == 2


def test_a_failed_renewal_is_tried_again_and_backed_off_from(town: Deployment) -> None:
    """Asking again does not go round the backoff."""
    certificate_id = town.issue()
    town.ca.fail("place_order", CaRefusal("No.", type="rejectedIdentifier", status=403))
    ask(town, certificate_id)
    town.advance(certificate_id)
    calls = town.ca.calls["place_order"]
    ask(town, certificate_id)
    town.advance(certificate_id)
    assert town.ca.calls["place_order"] == calls
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).version == 2


def test_a_certificate_that_was_given_up_comes_back_if_somebody_asks(town: Deployment) -> None:
    """But a wish from before does not outlive the giving up."""
    certificate_id = town.issue()
    town.checks.problems["example.test"] = CNAME_MISSING
    ask(town, certificate_id)
    town.clock.advance(milliseconds=1)
    ask_revocation(town.desk, ADMIN, certificate_id, RevocationWish("cessationOfOperation"))
    town.checks.problems.clear()
    town.run_until(certificate_id, "revoked")
    assert (shown(town, certificate_id), current(town, certificate_id).version) == (("revoked", "revoked"), 1)
    ask(town, certificate_id)
    town.run_until(certificate_id, "issued")
    assert (shown(town, certificate_id), current(town, certificate_id).version) == (("issued", "issued"), 2)


def test_one_that_has_expired_is_renewed_too(town: Deployment) -> None:
    """Its state says that it has expired until then."""
    certificate_id = town.issue()
    town.clock.advance(milliseconds=91 * DAY)
    ask(town, certificate_id)
    assert shown(town, certificate_id)[0] == "expired"
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).version == 2


def test_what_can_not_be_renewed_is_refused_with_the_reason(town: Deployment) -> None:
    """Nothing issued, deleted, another owner's, a key that is not ours; nothing is stored."""
    waiting = town.request("waiting.test", "*.waiting.test")
    with pytest.raises(Conflict) as early:
        ask(town, waiting)
    assert early.value.code == "not-issued-yet"
    certificate_id = town.issue()
    with pytest.raises(NotFound):
        ask_renewal(town.desk, Caller("t", "own_b", Role.REQUESTER), certificate_id)
    town.delete(certificate_id)
    with pytest.raises(Conflict) as late:
        ask(town, certificate_id)
    assert late.value.code == "deleted"
    assert [town.managed(item).desired.renewal for item in (waiting, certificate_id)] == [None, None]


def test_the_key_of_a_csr_is_its_makers(town: Deployment) -> None:
    """It can be renewed, with the same CSR; a new key needs a new CSR."""
    key = town.workshop.keys.generate("ec-p256")
    wish = KeyWish(csr=pem(town.workshop.keys.build_csr(key, WILDCARD)))
    certificate_id = create_certificate(town.desk, CertificateRequest("own_a", WILDCARD, key=wish)).desired.id
    town.run_until(certificate_id, "issued")
    with pytest.raises(InvalidRequest) as refused:
        ask(town, certificate_id, has_new_key=True)
    assert (refused.value.field, refused.value.code) == ("new_key", "csr-and-key")
    ask(town, certificate_id)
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).version == 2


class Contested(FakeRenewals):
    """Somebody else is always first."""

    asked = 0

    def ask(self, *_: object, **__: object) -> None:
        self.asked += 1
        raise StaleRevision("Another one came first.")


def test_a_wish_that_never_gets_through_is_told(town: Deployment) -> None:
    """It is read and tried a few times, not for ever."""
    certificate_id = town.issue()
    contested = Contested(town.store)
    with pytest.raises(Conflict):
        ask_renewal(replace(town.desk, renewals=contested), ADMIN, certificate_id)
    assert contested.asked == TRIES
