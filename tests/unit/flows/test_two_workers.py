"""Two workers on everything: the lease, the revision and the stored ETag see that nothing happens twice."""

from dataclasses import replace

import pytest

from certwright.adapters.keys import PemKeys
from certwright.domain import storage_keys
from certwright.domain.answer import TxtAnswer
from certwright.domain.certificate import Work
from certwright.domain.errors import CaRefusal
from certwright.domain.records import NameCheck, WantedDelegation
from certwright.domain.renewal import MINUTE, SECOND
from certwright.flows.advance_certificate import LEASE
from certwright.flows.attempts import hold_key
from certwright.flows.refresh_renewal_info import RENEWALS_APART
from certwright.ports import Changes, Holder
from tests.fakes.bucket import StoredObject
from tests.support.deployment import CNAME_MISSING, WILDCARD, Deployment
from tests.support.faults import Plan, count_calls, interpose


def issue(town: Deployment) -> None:
    """Issue a wildcard without a fault."""
    town.run_until(town.request(*WILDCARD), "issued")


CALLS = range(1, count_calls(issue) + 1)


@pytest.mark.parametrize("at", CALLS)
def test_a_second_worker_at_any_moment_finds_the_certificate_taken(at: int) -> None:
    """One order, one key, one version, each challenge answered once."""
    town = Deployment()
    certificate_id, codes = "", []

    def intrude() -> None:
        codes.append(town.advance(certificate_id, "w2").code)

    interpose(town, Plan(intrude, at, is_after=True))
    certificate_id = town.request(*WILDCARD)
    town.run_until(certificate_id, "issued")
    assert codes
    assert set(codes) <= {"claimed", "not-due"}
    assert town.ca.calls["place_order"] == town.ca.calls["finalize"] == 1
    assert town.ca.calls["answer"] == 2
    assert len(town.history(certificate_id)) == 1


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("at", CALLS)
def test_a_worker_frozen_past_its_lease_at_any_moment_spoils_nothing(at: int, is_after: bool) -> None:
    """Another finishes meanwhile; the thawed one stops, and what readers fetch is what was saved."""
    town = Deployment()
    certificate_id = ""

    def freeze() -> None:
        town.clock.advance(milliseconds=LEASE + SECOND)
        town.run_until(certificate_id, "issued")

    plan = Plan(freeze, at, is_after)
    interpose(town, plan)
    certificate_id = town.request(*WILDCARD)
    town.advance(certificate_id)
    town.clock.advance(seconds=120)
    town.advance(certificate_id)
    current = town.work(certificate_id).current
    stored = town.bucket.objects[storage_keys.current_bundle(certificate_id)]
    assert current is not None
    assert (current.version, current.etag) == (stored.version, stored.etag) == (1, stored.etag)
    assert town.bucket.objects[storage_keys.version_bundle(certificate_id, current.attempt)].body == stored.body
    assert len(town.ca.placed) <= 2, plan.hit
    assert len(town.history(certificate_id)) == 1


def test_a_thawed_worker_cannot_put_an_older_bundle_back(town: Deployment) -> None:
    """It uses the ETag saved last, finds it moved, loads the work and stops."""
    certificate_id = town.issue()
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    replace_current = town.versions.replace_current
    frozen: list[object] = []

    def thaw(*args: object) -> str:
        if not frozen:
            frozen.append(args)
            town.clock.advance(milliseconds=LEASE + SECOND)
            town.run_until(certificate_id, "issued")
            town.clock.advance(milliseconds=RENEWALS_APART)
            town.suggest_renewal_now(certificate_id)
            town.wake(certificate_id)
            town.run_until(certificate_id, "issued")
        return replace_current(*args)  # type: ignore[arg-type]  # passed on as they came

    town.workshop = replace(town.workshop, versions=Delegate(town.versions, replace_current=thaw))  # type: ignore[arg-type]  # a port
    outcomes = []
    while not frozen:
        outcomes.append(town.advance(certificate_id, "frozen").code)
    current = town.work(certificate_id).current
    stored = town.bucket.objects[storage_keys.current_bundle(certificate_id)]
    assert outcomes[-1] == "lost"
    assert current is not None
    assert (stored.version, stored.etag) == (3, current.etag) == (current.version, current.etag)


def crash_after_the_put(town: Deployment, certificate_id: str) -> StoredObject:
    """Crash between the put of the current bundle and the save, and return what was put."""
    whole, put = town.workshop, town.versions.replace_current

    def put_and_die(*args: object) -> str:
        put(*args)  # type: ignore[arg-type]  # passed on as they came
        raise RuntimeError("crash")

    town.workshop = replace(whole, versions=Delegate(town.versions, replace_current=put_and_die))  # type: ignore[arg-type]  # a port
    town.crash(certificate_id)
    town.workshop = whole
    return town.bucket.objects[storage_keys.current_bundle(certificate_id)]


def test_a_bundle_that_is_there_already_after_a_crash_is_taken_as_stored(town: Deployment) -> None:
    """The crash came between put and save: the version in `current` is this attempt's own."""
    certificate_id = town.request(*WILDCARD)
    stored = crash_after_the_put(town, certificate_id)
    town.run_until(certificate_id, "issued")
    current = town.work(certificate_id).current
    assert current is not None
    assert (current.version, current.etag) == (1, stored.etag)


def test_the_bundle_of_an_attempt_that_came_to_nothing_is_replaced(town: Deployment) -> None:
    """It was put but never saved, and its order is gone: readers get what the work says, not what was left behind."""
    certificate_id = town.request(*WILDCARD)
    left = crash_after_the_put(town, certificate_id)
    town.ca.fail("download", CaRefusal("gone", type="malformed", status=404))
    town.run_until(certificate_id, "issued")
    current, bundle = town.work(certificate_id).current, town.versions.read_bundle(certificate_id)
    assert current is not None
    assert bundle is not None
    assert bundle != left.body
    assert PemKeys().read_leaf(bundle).serial == current.serial


def test_a_bundle_that_no_worker_saved_is_replaced_by_one_of_a_higher_number(town: Deployment) -> None:
    """It is of a time that the table knows nothing of, after a restore: readers must not be left with it for ever."""
    certificate_id = town.request(*WILDCARD)
    town.bucket.put(storage_keys.current_bundle(certificate_id), b"unknown", version=7)
    assert town.advance(certificate_id).code == "issued"
    stored = town.bucket.objects[storage_keys.current_bundle(certificate_id)]
    assert (stored.version, stored.body == b"unknown") == (8, False)


class Delegate:
    """A port with some methods replaced."""

    def __init__(self, inner: object, **methods: object) -> None:
        self._inner = inner
        self._methods = methods

    def __getattr__(self, name: str) -> object:
        return self._methods.get(name) or getattr(self._inner, name)


def test_a_wake_during_work_is_heeded_before_the_certificate_is_let_go(town: Deployment) -> None:
    """The record was added while a worker was about to wait for it."""
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = town.request(*WILDCARD)
    check = town.checks.check_delegation

    def add_meanwhile(wanted: object) -> object:
        found = check(wanted)  # type: ignore[arg-type]  # passed on as it came
        if town.checks.problems:
            town.checks.problems.clear()
            town.wake(certificate_id)
        return found

    town.workshop = replace(town.workshop, checks=Delegate(town.checks, check_delegation=add_meanwhile))  # type: ignore[arg-type]  # a port
    assert town.advance(certificate_id).code == "issued"


def test_a_worker_that_lost_its_lease_never_goes_on_in_the_name_of_the_next(town: Deployment) -> None:
    """Not even where a wake came too: it lets go of nothing that is not its own."""
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = town.request(*WILDCARD)
    save = town.jobs.save
    saves: list[Changes] = []

    def freeze(changes: Changes) -> Work:
        if not saves:
            saves.append(changes)
            town.clock.advance(milliseconds=LEASE + SECOND)
            town.jobs.claim(certificate_id, "w2", town.clock.now(), town.clock.now() + LEASE)
            town.wake(certificate_id)
        return save(changes)

    town.workshop = replace(town.workshop, jobs=Delegate(town.jobs, save=freeze))  # type: ignore[arg-type]  # a port
    assert town.advance(certificate_id, "w1").code == "lost"
    work = town.work(certificate_id)
    assert (work.claimed_by, work.revision, work.due_at) == ("w2", 2, town.clock.now() + LEASE)


def test_who_wakes_a_certificate_again_and_again_keeps_no_worker(
    town: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a few rounds it is let go of, due at once, for the sweep to bring back in its turn; no wake is lost."""
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = town.request(*WILDCARD)
    check, rounds = town.checks.check_delegation, []

    def woken(wanted: WantedDelegation) -> NameCheck:
        rounds.append(wanted.identifier)
        assert len(rounds) < 20
        town.wake(certificate_id)
        return check(wanted)

    with monkeypatch.context() as hammered:
        hammered.setattr(town.checks, "check_delegation", woken)
        outcome = town.advance(certificate_id)
    assert (outcome.code, outcome.due_at) == ("cname-missing", town.clock.now())
    assert town.work(certificate_id).claimed_by == ""
    town.advance(certificate_id)
    assert town.work(certificate_id).checked_at == town.clock.now()
    assert town.checks.calls["check_delegation"] == len(rounds) + 1


def test_a_wake_leaves_the_lease_alone(town: Deployment) -> None:
    """Nobody else can claim what is being worked on."""
    town.nodes.lag("node-a")
    certificate_id = town.request(*WILDCARD)
    codes = []

    def wake_and_intrude() -> None:
        town.wake(certificate_id)
        codes.append(town.advance(certificate_id, "w2").code)

    interpose(town, Plan(wake_and_intrude, 3, is_after=True))
    town.advance(certificate_id)
    assert codes == ["claimed"]


def test_a_message_that_comes_a_little_early_waits_for_the_due_time(town: Deployment) -> None:
    """SQS delays are whole seconds; one within two seconds is slept out, an earlier one is let go."""
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = town.request(*WILDCARD)
    due_at = town.advance(certificate_id).due_at
    assert town.advance(certificate_id).code == "not-due"
    town.clock.advance(milliseconds=due_at - town.clock.now() - 1500)
    assert town.advance(certificate_id).code == "cname-missing"


def test_a_message_for_a_certificate_that_is_gone_does_nothing(town: Deployment) -> None:
    """Messages outlive what they name."""
    assert town.advance("crt_gone").code == "not-found"


def test_one_order_is_in_flight_for_the_same_account_names_and_profile(town: Deployment) -> None:
    """The second certificate waits, without an order, and goes on when the first is done."""
    town.nodes.lag("node-a")
    first = town.request(*WILDCARD)
    town.advance(first)
    second = town.request(*WILDCARD)
    outcome = town.advance(second)
    assert (outcome.code, len(town.ca.placed)) == ("same-names-in-flight", 1)
    town.nodes.catch_up("node-a")
    town.run_until(first, "issued")
    town.run_until(second, "issued")
    assert len(town.ca.placed) == 2


def test_a_certificate_that_waits_for_a_hold_never_frees_the_hold_of_another(town: Deployment) -> None:
    """Not even by being deleted."""
    town.nodes.lag("node-a")
    first = town.request(*WILDCARD)
    town.advance(first)
    held = dict(town.store.holds)
    second = town.request(*WILDCARD)
    town.advance(second)
    town.delete(second)
    town.wait_until_due(second)
    assert town.advance(second).code == "removed"
    assert town.store.holds == held


def test_a_hold_whose_holder_is_gone_may_be_taken(town: Deployment) -> None:
    """A crash between hold and close leaves one behind."""
    first = town.request(*WILDCARD)
    town.ca.fail("place_order", RuntimeError("crash"))
    town.crash(first)
    assert len(town.store.holds) == 1
    town.change_work(first, attempt=None)
    second = town.request(*WILDCARD)
    town.run_until(second, "issued")


def test_a_hold_left_by_an_earlier_attempt_of_its_own_is_taken_again(town: Deployment) -> None:
    """A save that closed the attempt without it, or an operator's hand."""
    certificate_id = town.request(*WILDCARD)
    key = hold_key(town.managed(certificate_id).desired)
    town.store.holds[key] = Holder(certificate_id, "att_earlier")
    assert town.advance(certificate_id).code == "issued"


def test_checks_that_got_old_behind_a_hold_are_made_again_before_the_order(town: Deployment) -> None:
    """A record that was removed meanwhile: no order is placed."""
    town.nodes.lag("node-a")
    first = town.request(*WILDCARD)
    town.advance(first)
    second = town.request(*WILDCARD)
    assert town.advance(second).code == "same-names-in-flight"
    town.nodes.catch_up("node-a")
    town.run_until(first, "issued")
    town.clock.advance(milliseconds=2 * MINUTE)
    town.checks.problems["example.test"] = CNAME_MISSING
    town.advance(second)
    assert len(town.ca.placed) == 1
    assert town.history(second)[0].attempt.problem == CNAME_MISSING


def test_two_certificates_of_one_zone_checked_at_once_both_go_on(town: Deployment) -> None:
    """Both note that the zone is in use; the later note is not needed."""
    first, second = town.request("*.one.test"), town.request("*.two.test")
    codes: list[str] = []

    def overtake(wanted: object) -> object:
        if not codes:
            codes.append("")
            codes[0] = town.advance(second, "w2").code
        return town.checks.check_delegation(wanted)  # type: ignore[arg-type]  # passed on as it came

    whole, zones = town.workshop, town.zones.list_all()
    stale = Delegate(town.zones, list_all=lambda: zones)
    registry = replace(whole.registry, zones=stale)  # type: ignore[arg-type]  # a port
    town.workshop = replace(whole, checks=Delegate(town.checks, check_delegation=overtake), registry=registry)  # type: ignore[arg-type]  # a port
    assert town.advance(first).code == "issued"
    assert codes == ["issued"]


def test_a_late_worker_s_answers_end_by_themselves(town: Deployment) -> None:
    """Whatever is published carries its end, so that nothing a frozen worker leaves behind answers for ever."""
    town.nodes.lag("node-a")
    town.advance(town.request(*WILDCARD))
    ends = {answer.expires_at for answer in town.served if isinstance(answer, TxtAnswer)}
    assert len(ends) == 1
    assert max(ends) <= town.clock.now() // 1000 + 7200
