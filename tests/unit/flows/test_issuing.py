"""From a request to a stored certificate: what happens, in which order, and what is left behind."""

from collections.abc import Iterable, Mapping, Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from certwright.adapters.keys import PemKeys
from certwright.domain.answer import Answer, Counter, HttpAnswer, TxtAnswer
from certwright.domain.certificate import Attempt
from certwright.domain.order import Authorization, Challenge, Order
from certwright.domain.problem import Problem
from certwright.domain.renewal import DAY
from tests.fakes.ca import FakeCa
from tests.support.deployment import CNAME_MISSING, WILDCARD, Deployment


def names_in_bundle(bundle: bytes) -> set[str]:
    """Read the names of the first certificate of a bundle whose key must be that certificate's."""
    key = load_pem_private_key(bundle, None)
    leaf = x509.load_pem_x509_certificates(bundle)[0]
    assert leaf.public_key() == key.public_key()
    sans = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(sans.get_values_for_type(x509.DNSName))


def test_a_wildcard_is_issued_in_one_invocation_where_its_records_stand(town: Deployment) -> None:
    """DNS-01 for apex and wildcard: one order, key and certificate that match, nothing left published or held."""
    certificate_id = town.request(*WILDCARD)
    assert town.advance(certificate_id).code == "issued"
    bundle = town.versions.read_bundle(certificate_id)
    assert bundle is not None
    assert names_in_bundle(bundle) == set(WILDCARD)
    assert town.ca.calls["place_order"] == town.ca.calls["finalize"] == 1
    assert town.ca.calls["answer"] == 2
    assert (town.served, town.store.holds) == (frozenset(), {})
    [closed] = town.history(certificate_id)
    assert closed.attempt.problem is None
    assert [stage.name for stage in closed.attempt.stages] == [
        "begun",
        "ordered",
        "published",
        "visible",
        "answered",
        "finalized",
        "stored",
    ]


def test_an_issued_certificate_is_due_again_when_the_ca_wants_to_be_asked(town: Deployment) -> None:
    """Twice a day, or at the time chosen for renewal."""
    certificate_id = town.issue()
    work = town.work(certificate_id)
    assert work.current is not None
    assert town.clock.now() < work.due_at <= town.clock.now() + DAY // 2
    assert work.current.not_before < work.renew_at < work.current.not_after
    assert (work.claimed_by, work.attempt, work.failures) == ("", None, 0)


def test_all_answers_are_visible_on_every_node_when_the_ca_looks(town: Deployment) -> None:
    """The validator asks what is served at that moment, by the node that is furthest behind."""

    def look(authorization: Authorization, challenge: Challenge) -> Problem | None:
        rows = town.nodes.list_rows()
        assert all(row.acks == town.answers.generations for row in rows)
        assert {type(answer) for answer in town.served} == {TxtAnswer}
        assert len(town.served) == 2
        return None

    town.ca.validator = look
    town.nodes.lag("node-b")
    certificate_id = town.request(*WILDCARD)
    assert town.advance(certificate_id).code == "awaiting-nodes"
    assert town.ca.calls["answer"] == 0
    town.nodes.catch_up("node-b")
    town.run_until(certificate_id, "issued")
    assert town.ca.calls["answer"] == 2


def test_an_answer_is_not_visible_on_a_node_that_does_not_know_its_zone(town: Deployment) -> None:
    """Acknowledging the answer alone does not let the CA be told."""
    town.nodes.lag_in_zones("node-b", is_behind=True)
    certificate_id = town.request(*WILDCARD)
    assert town.advance(certificate_id).code == "awaiting-nodes"
    assert town.ca.calls["answer"] == 0
    town.nodes.lag_in_zones("node-b", is_behind=False)
    town.run_until(certificate_id, "issued")


def test_nodes_that_do_not_take_up_answers_are_an_operators_problem(town: Deployment) -> None:
    """Said after a while, looked at again and again, and no challenge is answered."""
    town.nodes.lag("node-a")
    certificate_id = town.request(*WILDCARD)
    outcome = town.run_until(certificate_id, "answers-not-served")
    assert outcome.due_at > town.clock.now()
    problem = town.work(certificate_id).problem
    assert problem is not None
    assert problem.actor == "operator"
    assert town.ca.calls["answer"] == 0


def test_a_crashed_node_holds_issuance_up_only_until_its_lease_has_ended(town: Deployment) -> None:
    """After that it serves no answers that could be wrong."""
    town.nodes.crash("node-a")
    certificate_id = town.request(*WILDCARD)
    town.run_until(certificate_id, "issued")


def test_a_plain_name_is_issued_by_http(town: Deployment) -> None:
    """No zone, no delegation: the body at its token, for its own host."""
    seen: set[object] = set()

    def look(authorization: Authorization, challenge: Challenge) -> Problem | None:
        seen.update(town.served)
        return None

    town.ca.validator = look
    certificate_id = town.issue("www.example.test")
    [answer] = seen
    assert isinstance(answer, HttpAnswer)
    assert answer.host == "www.example.test"
    assert answer.body.startswith(f"{answer.token}.")
    assert town.zones.list_all() == ()
    assert town.managed(certificate_id).desired.http_names == ("www.example.test",)


def test_names_may_be_proven_differently_in_one_certificate(town: Deployment) -> None:
    """HTTP-01 for one, DNS-01 for the wildcard; both published, both answered."""
    kinds: set[type] = set()

    def look(authorization: Authorization, challenge: Challenge) -> Problem | None:
        kinds.update(map(type, town.served))
        return None

    town.ca.validator = look
    certificate_id = town.request_mixed("*.example.test", "www.example.org")
    town.run_until(certificate_id, "issued")
    assert kinds == {HttpAnswer, TxtAnswer}
    assert town.checks.calls["check_delegation"] == town.checks.calls["check_address"] == 1


@pytest.mark.parametrize("challenge", ["http-01", "dns-01"])
def test_a_certificate_that_shares_an_authorization_leaves_the_others_answer_alone(
    town: Deployment, challenge: str
) -> None:
    """A CA may put one pending authorization into two orders of an account; the first to end withdraws only its own."""
    town.ca.shares_authorizations = True
    looks: list[int] = []

    def look(authorization: Authorization, _: Challenge) -> Problem | None:
        looks.append(len(town.served))
        return None

    town.ca.validator = look
    town.nodes.lag("node-a")
    first = town.request("www.example.test", challenge=challenge)
    town.advance(first)
    second = town.request("www.example.test", "other.example.test", challenge=challenge)
    town.advance(second)
    shared = {answer for answer in town.served if answer.attempt == attempt_of(town, second)}
    town.delete(first)
    town.wait_until_due(first)
    town.run_until(first, "removed")
    assert town.served == shared
    assert len(shared) == 2
    town.nodes.catch_up("node-a")
    town.run_until(second, "issued")
    assert set(looks) == {2}


def attempt_of(town: Deployment, certificate_id: str) -> str:
    """Tell the id of the attempt that is open."""
    attempt = town.work(certificate_id).attempt
    assert attempt is not None
    return attempt.id


def test_a_missing_record_is_waited_for_and_nothing_is_ordered(town: Deployment) -> None:
    """The certificate shows the sentence, and looks again less and less often."""
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = town.request(*WILDCARD)
    pauses = []
    for _ in range(40):
        assert town.advance(certificate_id).code == "cname-missing"
        pauses.append(town.work(certificate_id).due_at - town.clock.now())
        town.wait_until_due(certificate_id)
    assert pauses[0] == 5000
    assert town.work(certificate_id).problem == CNAME_MISSING
    assert town.ca.calls["place_order"] == 0
    town.checks.problems.clear()
    town.run_until(certificate_id, "issued")


def test_what_was_waited_for_is_shown_no_longer_once_the_ca_is_asked(town: Deployment) -> None:
    """The events tell each state once, none of them with a problem that is solved."""
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = town.request(*WILDCARD)
    town.advance(certificate_id)
    town.checks.problems.clear()
    town.wake(certificate_id)
    town.run_until(certificate_id, "issued")
    assert [(event.state, event.reason) for event in town.certificates.list_events(certificate_id, 10)] == [
        ("issued", "issued"),
        ("issuing", "ca-at-work"),
        ("waiting", "cname-missing"),
        ("waiting", "requested"),
    ]


def test_a_request_is_looked_at_for_ever(town: Deployment) -> None:
    """Weekly after a month: a managed certificate always has a next time."""
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = town.request(*WILDCARD)
    town.advance(certificate_id)
    town.change_work(certificate_id, waiting_since=town.clock.now() - 400 * DAY)
    town.wait_until_due(certificate_id)
    town.run_until(certificate_id, "cname-missing")
    assert 6 * DAY < town.work(certificate_id).due_at - town.clock.now() <= 7 * DAY


def test_a_certificate_whose_owner_has_no_zone_left_is_not_ordered(town: Deployment) -> None:
    """There is nowhere to publish its answers."""
    certificate_id = town.request(*WILDCARD)
    town.zones.remove(town.zone())
    outcome = town.advance(certificate_id)
    assert outcome.code == "zone-missing"
    assert town.ca.calls["place_order"] == 0


def test_an_order_that_takes_time_is_polled_at_the_cas_pace(town: Deployment) -> None:
    """Short waits within the invocation, long ones by coming back."""
    town.ca.reads_until_valid, town.ca.retry_after_seconds = 3, 20
    certificate_id = town.request(*WILDCARD)
    outcome = town.advance(certificate_id)
    assert outcome.code == "ca-at-work"
    assert outcome.due_at == town.clock.now() + 20_000
    town.run_until(certificate_id, "issued")


def test_an_order_whose_ca_sets_no_pace_is_not_asked_for_in_a_tight_loop(town: Deployment) -> None:
    """An invocation sleeps between two looks."""
    town.ca.reads_until_valid = 1000
    certificate_id = town.request(*WILDCARD)
    town.advance(certificate_id)
    assert town.ca.calls["fetch_order"] < 30
    assert town.clock.slept <= 10


def test_messages_only_hasten(town: Deployment) -> None:
    """With every delayed message lost, the schedule alone finishes the work."""
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = town.request(*WILDCARD)
    for minute in range(12):
        if minute == 3:
            town.checks.problems.clear()
        town.queue.drop_all()
        town.clock.advance(seconds=60)
        town.sweep()
        for waiting in town.queue.receive():
            town.advance(waiting)
    assert town.work(certificate_id).current is not None


def test_a_valid_authorization_is_not_proven_again(town: Deployment) -> None:
    """A reused order that is ready is finalized at once."""
    town.ca.reuses_orders = True
    town.ca.fail("finalize", RuntimeError("crash"))
    certificate_id = town.request(*WILDCARD)
    town.crash(certificate_id)
    answered = town.ca.calls["answer"]
    town.run_until(certificate_id, "issued")
    assert town.ca.calls["answer"] == answered
    assert len(town.ca.placed) == 1


def test_what_an_effect_needs_afterwards_is_stored_before_it(town: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The attempt and its key before the order, the order and its answers before these are published, and the version
    before anything is tidied up.
    """
    certificate_id = town.request(*WILDCARD)
    place, publish, withdraw, seen = FakeCa.place_order, town.answers.publish, town.answers.withdraw, []

    def stored() -> Attempt:
        attempt = town.work(certificate_id).attempt
        assert attempt is not None
        return attempt

    def look_and_place(ca: FakeCa, names: Sequence[str], profile: str, replaces: str) -> Order:
        key = town.pending_keys.read(certificate_id, stored().id)
        seen.append(PemKeys().public_key(key) == stored().public_key)
        return place(ca, names, profile, replaces)

    def look_and_publish(answers: Iterable[Answer]) -> Mapping[Counter, int]:
        wanted = tuple(answers)
        seen.append(bool(stored().order_url) and {item.answer for item in stored().publications} == set(wanted))
        return publish(wanted)

    def look_and_withdraw(answers: Iterable[Answer]) -> None:
        seen.append(stored().is_stored and town.work(certificate_id).current is not None)
        withdraw(answers)

    monkeypatch.setattr(FakeCa, "place_order", look_and_place)
    monkeypatch.setattr(town.answers, "withdraw", look_and_withdraw)
    monkeypatch.setattr(town.answers, "publish", look_and_publish)
    town.run_until(certificate_id, "issued")
    assert seen == [True, True, True]
