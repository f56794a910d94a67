"""Renewal: early, when the CA suggests, with a new key, and never the same order twice."""

import pytest

from certwright.domain.certificate import Current
from certwright.domain.errors import CaRefusal, Unavailable
from certwright.domain.renewal import DAY, HOUR
from certwright.ports import RenewalWindow
from tests.support.deployment import WILDCARD, Deployment


def current(town: Deployment, certificate_id: str) -> Current:
    """Look at what is issued."""
    found = town.work(certificate_id).current
    assert found is not None
    return found


def renew(town: Deployment, certificate_id: str) -> None:
    """Have the CA suggest renewal now, and let the sweep bring it up."""
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    assert town.advance(certificate_id).code == "renewal-due"
    town.run_until(certificate_id, "issued")


def test_a_window_in_the_past_makes_a_new_version_with_a_new_key(town: Deployment) -> None:
    """The old version stays where it is; readers get the new one."""
    certificate_id = town.issue(*WILDCARD)
    first, bundle = current(town, certificate_id), town.versions.read_bundle(certificate_id)
    renew(town, certificate_id)
    second = current(town, certificate_id)
    assert (first.version, second.version) == (1, 2)
    assert second.serial != first.serial
    old, new = (closed.attempt.public_key for closed in town.history(certificate_id))
    assert old != new
    assert town.versions.read_bundle(certificate_id) != bundle
    assert len([key for key in town.bucket.objects if key.endswith("bundle.pem")]) == 3


def test_the_ca_is_told_what_is_replaced_and_that_is_kept(town: Deployment) -> None:
    """RFC 9773 §5."""
    certificate_id = town.issue(*WILDCARD)
    first = current(town, certificate_id)
    renew(town, certificate_id)
    assert town.ca.replaced == {first.ari_id}
    assert current(town, certificate_id).replaces == first.ari_id


@pytest.mark.parametrize(
    ("type_", "status"), [("alreadyReplaced", 409), ("malformed", 400), ("unauthorized", 403), ("serverInternal", 500)]
)
def test_a_refusal_of_what_is_replaced_is_tried_once_without_it(town: Deployment, type_: str, status: int) -> None:
    """CAs refuse it in many ways; Pebble fails over some serial numbers."""
    certificate_id = town.issue(*WILDCARD)
    town.ca.fail("place_order", CaRefusal("No such predecessor.", type=type_, status=status))
    renew(town, certificate_id)
    assert current(town, certificate_id).version == 2
    assert (town.ca.replaced, current(town, certificate_id).replaces) == (set(), "")
    assert town.ca.calls["place_order"] == 3


@pytest.mark.parametrize(
    ("type_", "status"), [("rejectedIdentifier", 403), ("rateLimited", 429), ("caa", 403), ("serverInternal", 503)]
)
def test_a_refusal_of_the_names_or_for_now_is_not_tried_without_it(town: Deployment, type_: str, status: int) -> None:
    """It would be refused again, and counted."""
    certificate_id = town.issue(*WILDCARD)
    town.ca.fail("place_order", CaRefusal("No.", type=type_, status=status))
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    town.run_until(certificate_id, "backing-off")
    assert town.ca.calls["place_order"] == 2


def test_a_first_order_that_is_refused_is_not_tried_twice(town: Deployment) -> None:
    """There is nothing to leave out."""
    town.ca.fail("place_order", CaRefusal("No.", type="malformed", status=400))
    certificate_id = town.request(*WILDCARD)
    town.run_until(certificate_id, "backing-off")
    assert town.ca.calls["place_order"] == 1


def test_renewals_that_fall_due_wait_for_the_sweep(town: Deployment) -> None:
    """A CA that moves a million windows must not make a million orders at once."""
    certificate_id = town.issue(*WILDCARD)
    town.queue.drop_all()
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    town.queue.drop_all()
    outcome = town.advance(certificate_id)
    assert (outcome.code, outcome.due_at) == ("renewal-due", town.clock.now())
    assert town.queue.waiting == []
    assert len(town.ca.placed) == 1


def test_a_certificate_left_alone_is_renewed_before_two_thirds_of_its_life_are_over(town: Deployment) -> None:
    """The CA offers no renewal information: the time chosen when it was stored counts."""
    certificate_id = town.issue(*WILDCARD)
    first = current(town, certificate_id)
    while current(town, certificate_id).version == 1:
        town.wait_until_due(certificate_id)
        town.advance(certificate_id)
        assert town.clock.now() < first.not_after
    assert abs(town.clock.now() - (first.not_before + 60 * DAY)) < DAY


def test_the_ca_is_asked_twice_a_day_or_as_it_wishes(town: Deployment) -> None:
    """Without an answer every twelve hours, with one after its Retry-After."""
    certificate_id = town.issue(*WILDCARD)
    assert town.work(certificate_id).window_check_at - town.clock.now() <= 12 * HOUR
    now = town.clock.now()
    town.information.window = RenewalWindow(now + 40 * DAY, now + 42 * DAY, 6 * 3600, "https://ca.test/why")
    town.wake(certificate_id)
    town.advance(certificate_id)
    work = town.work(certificate_id)
    assert work.window_check_at == now + 6 * HOUR
    assert now + 40 * DAY <= work.renew_at <= now + 42 * DAY
    assert work.window_explanation == "https://ca.test/why"


def test_a_time_once_drawn_is_kept_while_its_window_stands(town: Deployment) -> None:
    """RFC 9773 §4.2: drawing again would move every renewal towards the window's start."""
    certificate_id = town.issue(*WILDCARD)
    now = town.clock.now()
    town.information.window = RenewalWindow(now + 40 * DAY, now + 42 * DAY, 6 * 3600)
    drawn = set()
    for _ in range(5):
        town.wake(certificate_id)
        town.advance(certificate_id)
        drawn.add(town.work(certificate_id).renew_at)
    assert len(drawn) == 1


def test_a_window_that_outlasts_the_certificate_is_no_answer(town: Deployment) -> None:
    """Renewal is not put off past expiry, whatever the CA says."""
    certificate_id = town.issue(*WILDCARD)
    not_after = current(town, certificate_id).not_after
    town.information.window = RenewalWindow(not_after + DAY, not_after + 2 * DAY, 6 * 3600)
    town.wake(certificate_id)
    town.advance(certificate_id)
    assert town.work(certificate_id).renew_at < not_after - 20 * DAY


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (Unavailable("No answer."), HOUR),
        (Unavailable("Busy.", retry_after_seconds=300), 300_000),
        (CaRefusal("No such certificate.", type="malformed", status=404), 6 * HOUR),
    ],
)
def test_a_ca_that_does_not_tell_when_to_renew_is_asked_again_later(
    town: Deployment, monkeypatch: pytest.MonkeyPatch, error: Exception, pause: int
) -> None:
    """RFC 9773 §4.3.3; the time chosen before stands."""
    certificate_id = town.issue(*WILDCARD)
    renew_at = town.work(certificate_id).renew_at

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(type(town.information), "fetch_window", fail)
    town.wake(certificate_id)
    assert town.advance(certificate_id).code == "issued"
    work = town.work(certificate_id)
    assert (work.window_check_at, work.renew_at) == (town.clock.now() + pause, renew_at)


def test_an_expired_certificate_is_renewed_without_asking_when(town: Deployment) -> None:
    """RFC 9773 §4.3."""
    certificate_id = town.issue(*WILDCARD)
    town.clock.advance(milliseconds=91 * DAY)
    town.information.asked.clear()
    expired = current(town, certificate_id).ari_id
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).version == 2
    assert expired not in town.information.asked
