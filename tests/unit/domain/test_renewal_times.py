"""When to renew, look again and try again: arithmetic on instants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.domain.renewal import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    fallback_window,
    look_again_after,
    pick_time,
    try_again_after,
)

START = 1_800_000_000_000


@pytest.mark.parametrize(
    ("lifetime", "middle"),
    [(90 * DAY, 60 * DAY), (45 * DAY, 30 * DAY), (160 * HOUR, 80 * HOUR), (10 * DAY, 160 * HOUR)],
)
def test_without_a_suggestion_renewal_lies_around_two_thirds_of_the_lifetime(lifetime: int, middle: int) -> None:
    """Around half of it where the certificate lives less than ten days; the window is 2 % of the lifetime wide."""
    start, end = fallback_window(START, START + lifetime)
    assert (start + end) // 2 == START + middle
    assert end - start == pytest.approx(lifetime * 0.02, abs=2)


@given(st.integers(HOUR, 400 * DAY), st.floats(0, 1, exclude_max=True))
def test_the_picked_time_lies_in_the_window_and_within_the_lifetime(lifetime: int, fraction: float) -> None:
    """Whatever is drawn, and before the certificate expires."""
    start, end = fallback_window(START, START + lifetime)
    assert START < start <= pick_time((start, end), fraction) <= end < START + lifetime


def test_the_fraction_spreads_renewals_over_the_whole_window() -> None:
    """RFC 9773 §4.2: uniform within it."""
    assert [pick_time((1000, 2000), fraction) for fraction in (0.0, 0.25, 0.999)] == [1000, 1250, 1999]


@pytest.mark.parametrize(
    ("waited", "interval"),
    [
        (0, 5 * SECOND),
        (5 * MINUTE - 1, 5 * SECOND),
        (5 * MINUTE, 10 * SECOND),
        (15 * MINUTE, 30 * SECOND),
        (HOUR, 5 * MINUTE),
        (DAY, HOUR),
        (7 * DAY, DAY),
        (30 * DAY, 7 * DAY),
        (3650 * DAY, 7 * DAY),
    ],
)
def test_records_are_looked_at_less_and_less_often_but_never_not_at_all(waited: int, interval: int) -> None:
    """Hourly after a day, daily after a week, weekly after a month, for ever."""
    assert look_again_after(waited) == interval


@pytest.mark.parametrize(
    ("failures", "delay"), [(1, MINUTE), (2, 10 * MINUTE), (3, 100 * MINUTE), (4, DAY), (5, DAY), (1000, DAY)]
)
def test_failed_attempts_are_tried_again_after_1_10_and_100_minutes_then_daily(failures: int, delay: int) -> None:
    """The schedule of Let's Encrypt's integration guide."""
    assert try_again_after(failures, 0, None) == delay
    assert try_again_after(failures, 0, 365 * DAY) == delay


@given(st.integers(1, 50), st.integers(1, 30 * DAY))
def test_what_the_ca_asks_for_is_obeyed(failures: int, retry_after: int) -> None:
    """Its Retry-After goes before our own schedule."""
    assert try_again_after(failures, retry_after, None) == retry_after
    assert try_again_after(failures, retry_after, 8 * retry_after) == retry_after


@given(st.integers(1, 50), st.integers(1, 30 * DAY), st.integers(1, 90 * DAY))
def test_a_certificate_never_ends_because_the_ca_asked_to_wait(failures: int, retry_after: int, remaining: int) -> None:
    """It is asked for again within an eighth of what is left, but no sooner than in an hour, unless the CA says so."""
    assert try_again_after(failures, retry_after, remaining) == min(retry_after, max(HOUR, remaining // 8))


def test_after_a_certificate_has_ended_the_ca_is_asked_daily_whatever_it_asks_for() -> None:
    """Somebody's site is down: a week would be too long."""
    assert try_again_after(1, 7 * DAY, -HOUR) == DAY


@given(st.integers(1, 50), st.integers(1, 90 * DAY))
def test_a_certificate_at_risk_is_tried_again_within_an_eighth_of_what_it_has_left(
    failures: int, remaining: int
) -> None:
    """But not more often than every minute."""
    assert MINUTE <= try_again_after(failures, 0, remaining) <= max(MINUTE, remaining // 8)


@pytest.mark.parametrize("remaining", [0, -DAY])
def test_an_expired_certificate_is_tried_again_on_the_schedule(remaining: int) -> None:
    """There is nothing left to take an eighth of."""
    assert try_again_after(9, 0, remaining) == DAY
