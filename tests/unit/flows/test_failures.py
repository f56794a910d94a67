"""What fails is said, put off, and tried again; one certificate's failure is its own."""

from dataclasses import replace

import pytest

from certwright.domain.errors import CaRefusal, CertwrightError, InvalidRequest, NotAllowed, Unavailable
from certwright.domain.order import Status
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import DAY, HOUR, MINUTE
from certwright.ports import Leaf
from tests.fakes.ca import refuse
from tests.support.deployment import CNAME_MISSING, WILDCARD, Deployment

RATE_LIMITED = CaRefusal("Too many orders.", type="rateLimited", status=429, retry_after_seconds=3600)


def test_an_invalid_order_closes_its_attempt_withdraws_and_backs_off_then_a_second_attempt_succeeds(
    town: Deployment,
) -> None:
    """A minute later, with a new key and a new order."""
    town.ca.validator = refuse
    certificate_id = town.request(*WILDCARD)
    outcome = town.advance(certificate_id)
    work = town.work(certificate_id)
    assert outcome.code == "backing-off"
    assert (work.retry_at, work.failures, work.attempt) == (town.clock.now() + MINUTE, 1, None)
    assert work.problem is not None
    assert (work.problem.code, work.problem.actor) == ("ca-unauthorized", Actor.USER)
    assert (town.served, town.store.holds) == (frozenset(), {})
    town.ca.validator = lambda _authorization, _challenge: None
    town.run_until(certificate_id, "issued")
    first, second = town.history(certificate_id)
    assert first.attempt.problem == work.problem
    assert second.attempt.problem is None
    assert first.attempt.public_key != second.attempt.public_key
    assert town.work(certificate_id).failures == 0


def test_failed_attempts_come_less_and_less_often(town: Deployment) -> None:
    """1, 10, 100 minutes, then daily; the CA is asked for nothing in between."""
    town.ca.validator = refuse
    certificate_id = town.request(*WILDCARD)
    pauses = []
    for orders in range(1, 6):
        while len(town.ca.placed) < orders:
            town.wait_until_due(certificate_id)
            town.advance(certificate_id)
        pauses.append(town.work(certificate_id).retry_at - town.clock.now())
    assert pauses == [MINUTE, 10 * MINUTE, 100 * MINUTE, DAY, DAY]


def test_a_check_now_does_not_shorten_a_backoff(town: Deployment) -> None:
    """Failed validations are rationed by the CA."""
    town.ca.validator = refuse
    certificate_id = town.request(*WILDCARD)
    town.advance(certificate_id)
    town.wake(certificate_id)
    assert town.advance(certificate_id).code == "backing-off"
    assert len(town.ca.placed) == 1


def test_a_rate_limit_is_waited_for_as_long_as_the_ca_says(town: Deployment) -> None:
    """The attempt ends, since its checks would be old by then; the next begins when the CA lets us back."""
    town.ca.fail("place_order", RATE_LIMITED)
    certificate_id = town.request(*WILDCARD)
    begun = town.clock.now()
    outcome = town.advance(certificate_id)
    work = town.work(certificate_id)
    assert (outcome.code, work.retry_at) == ("backing-off", begun + HOUR)
    assert work.problem is not None
    assert work.problem.code == "ca-rateLimited"
    town.run_until(certificate_id, "issued")
    assert town.clock.now() >= begun + HOUR
    assert town.ca.calls["place_order"] == 2


@pytest.mark.parametrize("operation", ["place_order", "fetch_order", "finalize"])
@pytest.mark.parametrize(
    "error",
    [
        CaRefusal("Back in a week.", type="rateLimited", status=503, retry_after_seconds=7 * 86_400),
        Unavailable("Back in a week.", code="ca-busy", retry_after_seconds=7 * 86_400),
    ],
    ids=["refusal", "silence"],
)
def test_a_renewal_is_tried_again_in_time_however_long_the_ca_asks_to_wait(
    town: Deployment, operation: str, error: Exception
) -> None:
    """A CA that is back after an hour must not cost a certificate its last days."""
    town.ca.lifetime = 160 * HOUR
    certificate_id = town.issue()
    first = town.work(certificate_id).current
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    town.ca.fail(operation, error)
    assert first is not None
    while (current := town.work(certificate_id).current) and current.version == 1:
        town.advance(certificate_id)
        town.wait_until_due(certificate_id)
    assert town.clock.now() < first.not_after - 80 * HOUR


def test_a_short_retry_after_is_obeyed_instead_of_a_long_backoff(town: Deployment) -> None:
    """The CA knows better than our schedule, however often it failed before."""
    certificate_id = town.request(*WILDCARD)
    town.change_work(certificate_id, failures=9)
    busy = CaRefusal("Busy.", type="rateLimited", status=503, retry_after_seconds=30)
    town.ca.fail("place_order", busy)
    begun = town.clock.now()
    town.advance(certificate_id)
    assert town.work(certificate_id).retry_at == begun + 30_000


def test_a_rate_limit_in_the_middle_of_an_order_keeps_the_attempt(town: Deployment) -> None:
    """The order stands, and goes on where it was."""
    town.ca.fail("finalize", RATE_LIMITED)
    certificate_id = town.request(*WILDCARD)
    outcome = town.advance(certificate_id)
    assert (outcome.code, outcome.due_at) == ("ca-rateLimited", town.clock.now() + HOUR)
    town.run_until(certificate_id, "issued")
    assert len(town.ca.placed) == 1


@pytest.mark.parametrize("operation", ["place_order", "fetch_order", "answer", "finalize", "download"])
def test_a_ca_that_does_not_answer_is_asked_again_a_minute_later(town: Deployment, operation: str) -> None:
    """Whatever it was asked for; the problem says that it is the CA's."""
    town.ca.fail(operation, Unavailable("The CA did not answer.", code="ca-timeout"))
    certificate_id = town.request(*WILDCARD)
    outcome = town.advance(certificate_id)
    problem = town.work(certificate_id).problem
    assert (outcome.code, outcome.due_at) == ("ca-timeout", town.clock.now() + MINUTE)
    assert problem is not None
    assert problem.actor == Actor.CA
    town.run_until(certificate_id, "issued")
    assert len(town.ca.placed) <= 2


def test_a_ca_that_is_down_for_long_is_asked_less_often(town: Deployment) -> None:
    """But never less than hourly in the first week; and the attempt is not kept for ever."""
    certificate_id = town.request(*WILDCARD)
    town.ca.fail("place_order", Unavailable("Down.", code="ca-down"), times=1000)
    begun = town.clock.now()
    while town.clock.now() < begun + 2 * DAY:
        town.advance(certificate_id)
        town.wait_until_due(certificate_id)
    assert town.ca.calls["place_order"] < 200
    assert {closed.attempt.problem.code for closed in town.history(certificate_id) if closed.attempt.problem} == {
        "order-not-placed"
    }
    town.ca.fail("place_order", Unavailable("Down.", code="ca-down"))
    town.run_until(certificate_id, "issued")


def test_a_silent_ca_is_asked_within_the_hour_however_long_the_user_took_before(town: Deployment) -> None:
    """Weeks without records say nothing of how long the CA will be silent."""
    certificate_id = town.request(*WILDCARD)
    town.change_work(certificate_id, waiting_since=town.clock.now() - 40 * DAY, problem=CNAME_MISSING)
    town.ca.fail("place_order", Unavailable("Down.", code="ca-down"))
    assert town.advance(certificate_id).due_at == town.clock.now() + HOUR


def test_an_account_the_ca_refuses_backs_off_like_a_failed_attempt(town: Deployment) -> None:
    """It is not registered anew every minute."""
    town.workshop = replace(town.workshop, settings=replace(town.settings, acme_terms_agreed=False))
    certificate_id = town.request(*WILDCARD)
    pauses = []
    for _ in range(3):
        assert town.run_until(certificate_id, "backing-off").code == "backing-off"
        pauses.append(town.work(certificate_id).retry_at - town.clock.now())
        town.clock.advance(milliseconds=pauses[-1])
    assert pauses == [MINUTE, 10 * MINUTE, 100 * MINUTE]
    problem = town.work(certificate_id).problem
    assert problem is not None
    assert (problem.code, problem.actor) == ("ca-userActionRequired", Actor.OPERATOR)


def test_a_refused_egress_waits_for_an_operator(town: Deployment) -> None:
    """Neither the CA nor time can help; the sentence is shown."""
    town.ca.fail("place_order", NotAllowed("The address 10.0.0.1 may not be reached.", code="egress-refused"))
    certificate_id = town.request(*WILDCARD)
    outcome = town.advance(certificate_id)
    assert (outcome.code, outcome.due_at) == ("egress-refused", town.clock.now() + HOUR)
    town.run_until(certificate_id, "issued")


def test_an_account_that_is_neither_there_nor_the_deployments_is_said(town: Deployment) -> None:
    """Another directory was set after the request: its account is not taken for the old one."""
    certificate_id = town.request(*WILDCARD)
    town.workshop = replace(town.workshop, settings=replace(town.settings, acme_directory="https://other.test/dir"))
    assert town.advance(certificate_id).code == "account-missing"
    assert town.ca.calls == {}


def test_an_order_gone_at_the_ca_ends_its_attempt(town: Deployment) -> None:
    """404: the next attempt places its own."""
    gone = CaRefusal("The order is gone.", type="malformed", status=404)
    town.ca.fail("fetch_order", gone)
    certificate_id = town.request(*WILDCARD)
    assert town.advance(certificate_id).code == "backing-off"
    town.run_until(certificate_id, "issued")
    assert len(town.ca.placed) == 2


def test_an_order_that_is_not_ready_after_all_is_looked_at_again(town: Deployment) -> None:
    """RFC 8555 §7.4: `orderNotReady` decides nothing."""
    town.ca.fail("finalize", CaRefusal("Not ready.", type="orderNotReady", status=403))
    certificate_id = town.request(*WILDCARD)
    assert town.advance(certificate_id).code == "issued"
    assert len(town.ca.placed) == 1


def test_a_certificate_for_another_key_is_not_kept(town: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """What serves is left alone, and the attempt ends."""
    read = town.workshop.keys.read_leaf

    def read_foreign(chain: bytes) -> Leaf:
        return replace(read(chain), public_key="of-somebody-else")

    monkeypatch.setattr(type(town.workshop.keys), "read_leaf", lambda _, chain: read_foreign(chain))
    certificate_id = town.request(*WILDCARD)
    assert town.advance(certificate_id).code == "backing-off"
    assert town.work(certificate_id).problem == town.history(certificate_id)[0].attempt.problem
    assert town.history(certificate_id)[0].attempt.problem is not None
    assert town.versions.describe_current(certificate_id) is None
    assert [key for key in town.bucket.objects if key.startswith("versions/")] == []
    monkeypatch.undo()
    town.run_until(certificate_id, "issued")


def test_a_chain_that_cannot_be_read_ends_the_attempt(town: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be the same at the next look."""

    def refuse_to_read(_: object, chain: bytes) -> Leaf:
        raise InvalidRequest("This is no certificate.", field="chain", code="not-a-certificate")

    monkeypatch.setattr(type(town.workshop.keys), "read_leaf", refuse_to_read)
    certificate_id = town.request(*WILDCARD)
    assert town.advance(certificate_id).code == "backing-off"
    monkeypatch.undo()
    town.run_until(certificate_id, "issued")


def test_an_attempt_whose_key_is_gone_ends(town: Deployment) -> None:
    """The next makes a key of its own."""
    town.nodes.lag("node-a")
    certificate_id = town.request(*WILDCARD)
    town.advance(certificate_id)
    town.bucket.objects.clear()
    town.nodes.catch_up("node-a")
    town.run_until(certificate_id, "backing-off")
    town.run_until(certificate_id, "issued")


def test_an_order_that_stays_pending_after_it_was_answered_is_answered_once(
    town: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Boulder never calls a challenge processing; answering again would validate again."""
    fetch, answered = town.ca.fetch_order, []

    class Boulder:
        """Shows challenges as pending while it validates them, four looks long."""

        def __getattr__(self, name: str) -> object:
            return getattr(town.ca, name)

        def answer(self, url: str) -> None:
            answered.append(url)

        def fetch_order(self, url: str) -> object:
            looks.append(url)
            if len(looks) < 5:
                return fetch(url)
            for each in answered:
                town.ca.answer(each)
            return fetch(url)

    looks: list[str] = []
    monkeypatch.setattr(type(town.cas), "account", lambda *_: Boulder())
    certificate_id = town.request(*WILDCARD)
    town.run_until(certificate_id, "issued")
    assert len(answered) == 2


def test_a_queue_that_is_down_fails_nothing(town: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The due index brings up what no message does."""

    def refuse_message(*_: object) -> None:
        raise Unavailable("SQS does not answer.")

    monkeypatch.setattr(town.queue, "send", refuse_message)
    certificate_id = town.request(*WILDCARD)
    assert town.advance(certificate_id).code == "issued"
    town.wake(certificate_id)
    assert town.work(certificate_id).due_at == town.clock.now()


def test_one_certificates_failure_holds_up_no_other(town: Deployment) -> None:
    """Each has its own backoff."""
    town.checks.problems["broken.test"] = Problem("cname-missing", "Add it.", Actor.USER)
    broken, fine = town.request("*.broken.test"), town.request("*.fine.test")
    assert town.advance(broken).code == "cname-missing"
    assert town.advance(fine).code == "issued"


def test_a_fault_of_ours_reaches_the_log_and_the_certificate_is_due_again(town: Deployment) -> None:
    """Nothing is swallowed that only a developer can mend."""
    town.ca.fail("place_order", ZeroDivisionError("a bug"))
    certificate_id = town.request(*WILDCARD)
    with pytest.raises(ZeroDivisionError):
        town.advance(certificate_id)
    town.wait_until_due(certificate_id)
    town.run_until(certificate_id, "issued")


def test_renewal_that_fails_leaves_the_certificate_in_place(town: Deployment) -> None:
    """It is issued with a problem, and the next attempt comes within an eighth of what it has left."""
    certificate_id = town.issue()
    before = town.versions.read_bundle(certificate_id)
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    town.ca.validator = refuse
    town.change_work(certificate_id, failures=6)
    current = town.work(certificate_id).current
    assert current is not None
    town.change_work(certificate_id, current=replace(current, not_after=town.clock.now() + 4 * HOUR))
    town.run_until(certificate_id, "backing-off")
    work = town.work(certificate_id)
    assert work.retry_at - town.clock.now() <= HOUR // 2
    assert town.versions.read_bundle(certificate_id) == before


def test_errors_while_asking_when_to_renew_never_stop_a_renewal(
    town: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time chosen before stands."""
    certificate_id = town.issue()

    def refuse_to_tell(*_: object) -> None:
        raise CertwrightError("The address of the renewal information may not be reached.", code="egress-refused")

    monkeypatch.setattr(type(town.information), "fetch_window", refuse_to_tell)
    town.change_work(certificate_id, renew_at=town.clock.now())
    town.wake(certificate_id)
    town.advance(certificate_id)
    town.run_until(certificate_id, "issued")
    current = town.work(certificate_id).current
    assert current is not None
    assert current.version == 2


def test_an_order_ended_by_the_ca_ends_the_attempt(town: Deployment) -> None:
    """For a reason of its own."""
    town.nodes.lag("node-a")
    certificate_id = town.request(*WILDCARD)
    town.advance(certificate_id)
    attempt = town.work(certificate_id).attempt
    assert attempt is not None
    town.ca.spoil(attempt.order_url, Problem("ca-caa", "CAA forbids it.", Actor.USER))
    assert town.ca.fetch_order(attempt.order_url).status is Status.INVALID
    town.nodes.catch_up("node-a")
    town.run_until(certificate_id, "backing-off")
    problem = town.work(certificate_id).problem
    assert problem is not None
    assert problem.code == "ca-caa"
