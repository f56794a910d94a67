"""Very many certificates in cohorts: what they cost follows from how many they are."""

from certwright.domain.renewal import DAY
from tests.simulation.cohorts import Crowd
from tests.simulation.figures import Plan


def test_cohorts_live_through_a_shorter_lifetime_and_an_outage() -> None:
    """Nothing lapses, what an outage held up is renewed within a day, and ten times as many make ten times the work."""
    few, many = (Crowd(Plan(size, days=160, renewal_info_every=DAY), size // 50).run() for size in (10_000, 100_000))
    for figures in (few, many):
        assert figures.renewals >= 2 * figures.plan.certificates
        assert figures.lapses == 0
        assert 0 < figures.caught_up_at - figures.plan.outage_ends < DAY
    assert 7 * few.messages < many.messages < 11 * few.messages


def test_too_few_workers_leave_work_due() -> None:
    """The model can fail: what is not done in a minute is late in the next."""
    plan = Plan(1_000_000, days=80, renewal_info_every=DAY)
    enough, few = Crowd(plan, 20_000), Crowd(plan, 20_000, workers=1)
    enough.run()
    few.run()
    assert few.latest > 10 * enough.latest


def test_renewals_get_their_turn_where_more_is_to_be_asked_than_can_be() -> None:
    """One that was found due does not ask again while it waits: it would go to the line's end each time, and lapse."""
    crowd = Crowd(Plan(1_000_000, days=200), 10_000)
    figures = crowd.run()
    assert crowd.latest > Plan(1, 1).renewal_info_every
    assert figures.renewals > 1_000_000
    assert figures.lapses == 0
