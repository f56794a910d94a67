"""The tables' time, as it is learnt from dated responses."""

import logging
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsnode.clock import CONFIRMATIONS, TableClock, WallWatch

EPOCH = 1_800_000_000.0
"""The tables' time at monotonic second 0."""


def date(monotonic: float, offset: float = EPOCH) -> float:
    """Date a response as HTTP does: the second that has begun."""
    return math.floor(offset + monotonic)


def taught(*instants: float, wall: float = 0.0) -> TableClock:
    """A clock that learnt from responses which took 10 ms."""
    clock = TableClock(lambda: wall)
    for sent in instants:
        clock.learn(date(sent + 0.005), sent, sent + 0.01)
    return clock


def test_the_wall_clock_serves_until_a_response_is_dated() -> None:
    """There is nothing else to go by."""
    clock = TableClock(lambda: 123.5)
    assert (clock.earliest(7), clock.latest(7), clock.error_of_wall(7)) == (123.5, 123.5, 0.0)


def test_one_date_tells_the_time_to_little_more_than_a_second() -> None:
    """Whatever the wall clock says."""
    clock = taught(100.7)
    assert clock.earliest(101) <= EPOCH + 101 <= clock.latest(101)
    assert clock.latest(101) - clock.earliest(101) < 1.6


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 2.0), min_size=1, max_size=60), st.floats(0, 1), st.floats(0.001, 1.9))
def test_the_true_time_is_always_within_the_bounds(pauses: list[float], fraction: float, delay: float) -> None:
    """For any moments of asking, any delay, and any part of a second in which the tables' seconds change."""
    clock, sent = TableClock(lambda: 0.0), 0.0
    for pause in pauses:
        sent += pause
        clock.learn(date(sent + delay / 2, EPOCH + fraction), sent, sent + delay)
        sent += delay
        assert clock.earliest(sent) <= EPOCH + fraction + sent <= clock.latest(sent)


def test_every_poll_narrows_the_bounds_and_time_without_responses_widens_them() -> None:
    """To half a second; by half a millisecond a second."""
    clock = taught(*(number * 0.51 for number in range(200)))
    assert clock.latest(103) - clock.earliest(103) < 0.6
    assert 3.5 < clock.latest(3703) - clock.earliest(3703) < 4.5


def test_one_wrong_date_is_not_believed() -> None:
    """Of many machines behind a table one may be an hour off: what was known stands."""
    clock = taught(1, 2)
    clock.learn(date(3) + 3600, 3, 3.01)
    clock.learn(date(4), 4, 4.01)
    for instant in range(5, 5 + CONFIRMATIONS - 1):
        clock.learn(date(instant) - 3600, instant, instant + 0.01)
    assert clock.earliest(8) <= EPOCH + 8 <= clock.latest(8)


@pytest.mark.parametrize("step", [-86_400 * 4000, -3600, -5, 5, 3600, 86_400 * 4000])
def test_a_clock_of_the_tables_that_was_set_is_followed(step: int) -> None:
    """Once it says so several times, without a contradiction between."""
    clock = taught(1, 2)
    for instant in range(3, 3 + CONFIRMATIONS):
        clock.learn(date(instant, EPOCH + step), instant, instant + 0.01)
    assert clock.earliest(6) <= EPOCH + step + 6 <= clock.latest(6)


@pytest.mark.parametrize(("error", "words"), [(3600, "3600 s ahead of"), (-86_400 * 365, "31536000 s behind")])
def test_a_wrong_wall_clock_is_told_in_words_that_stay_the_same(
    error: int, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged once, told while it lasts, and no more when it was set right."""
    walls = iter((EPOCH + 2 + error, EPOCH + 4.4 + error, EPOCH + 4))
    clock = TableClock(lambda: next(walls))
    clock.learn(date(1), 1, 1)
    watch = WallWatch(clock)
    with caplog.at_level(logging.ERROR):
        told = [watch.look(instant) for instant in (2, 3, 4)]
    assert told[0] == told[1]
    assert words in told[0][0]
    assert told[2] == ()
    assert len(caplog.records) == 1


def test_an_error_below_two_seconds_is_not_told() -> None:
    """A date tells whole seconds, and the issuer allows for five."""
    assert WallWatch(taught(1, wall=EPOCH + 2 + 1)).look(2) == ()
