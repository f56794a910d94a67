"""What the watch reports, whatever has stopped."""

from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import DAY, MINUTE, SECOND, late_at
from certwright.flows.look_over import MOST_LATE, Report, look_over
from tests.fakes.certificates import FakeOverview
from tests.support.deployment import CNAME_MISSING, WILDCARD, Deployment


def report(town: Deployment) -> Report:
    """Look over a deployment."""
    return look_over(FakeOverview(town.store), town.nodes, town.zones, town.clock)


def test_a_deployment_that_is_well_has_nothing_to_tell(town: Deployment) -> None:
    """No certificate at all, and one that was just issued."""
    assert report(town) == Report(0, None, 2, (), 0)
    certificate_id = town.issue()
    current = town.work(certificate_id).current
    assert current is not None
    wanted = (current.not_after - town.clock.now()) // SECOND
    assert report(town) == Report(0, wanted, 2, (), 0)


def test_work_that_nobody_does_is_seen(town: Deployment) -> None:
    """The sweep, the queue or the worker may have stopped: the due time tells, and a lease is no work left undone."""
    certificate_id = town.request()
    town.clock.advance(milliseconds=30 * MINUTE)
    assert report(town).due_for_seconds == 30 * 60
    town.jobs.claim(certificate_id, "frozen", town.clock.now(), town.clock.now() + 90 * SECOND)
    assert report(town).due_for_seconds == 0


def test_a_certificate_that_is_not_renewed_is_late_long_before_it_expires(town: Deployment) -> None:
    """Whatever kept it from being renewed, without any problem noted."""
    certificate_id = town.issue()
    current = town.work(certificate_id).current
    assert current is not None
    pause = late_at(current.not_before, current.not_after) - town.clock.now()
    town.clock.advance(milliseconds=pause - 1)
    assert report(town).late == ()
    town.clock.advance(milliseconds=1)
    (late,) = report(town).late
    assert late.id == certificate_id
    town.clock.advance(milliseconds=current.not_after - town.clock.now() + DAY)
    assert report(town).soonest_expiry_seconds == 0


def test_a_request_that_the_ca_never_answers_is_late_after_a_day(town: Deployment) -> None:
    """A first certificate that does not come is noticed too."""
    town.request()
    town.clock.advance(milliseconds=DAY)
    assert len(report(town).late) == 1


def test_users_who_have_not_added_their_records_call_nobody(town: Deployment) -> None:
    """They are counted apart."""
    town.checks.problems[WILDCARD[0]] = CNAME_MISSING
    certificate_id = town.request()
    town.advance(certificate_id)
    town.clock.advance(milliseconds=DAY)
    assert (report(town).late, report(town).late_for_users) == ((), 1)


def test_a_problem_of_the_cas_is_the_operators_to_hear(town: Deployment) -> None:
    """The user can do nothing about it."""
    town.checks.problems[WILDCARD[0]] = Problem("ca-unreachable", "The CA is not reached.", Actor.CA)
    certificate_id = town.request()
    town.advance(certificate_id)
    town.clock.advance(milliseconds=DAY)
    assert [late.id for late in report(town).late] == [certificate_id]


def test_a_node_whose_lease_has_ended_is_not_alive(town: Deployment) -> None:
    """Its row may stay for a day."""
    town.nodes.crash(town.nodes.tasks[0])
    town.clock.advance(milliseconds=DAY)
    assert report(town).live_nodes == 1


def test_what_is_read_is_bounded(town: Deployment) -> None:
    """A thousand late ones are no thousand reads."""
    for number in range(MOST_LATE + 5):
        town.request(f"n{number}.example.test")
    town.clock.advance(milliseconds=DAY)
    assert len(report(town).late) == MOST_LATE
