"""When to renew, when to look again and when to try again: pure arithmetic on instants (epoch milliseconds)."""

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

SHORT_LIVED = 10 * DAY
WINDOW_WIDTH = 0.02
RENEWAL_INFO_INTERVAL = 12 * HOUR

LOOK_AGAIN = (
    (5 * MINUTE, 5 * SECOND),
    (15 * MINUTE, 10 * SECOND),
    (HOUR, 30 * SECOND),
    (DAY, 5 * MINUTE),
    (7 * DAY, HOUR),
    (30 * DAY, DAY),
)
"""Until a request has waited so long, its records are looked at so often; after that weekly."""

TRY_AGAIN = (MINUTE, 10 * MINUTE, 100 * MINUTE)
"""After the first, second and third failure; after that daily (Let's Encrypt's integration guide)."""


def fallback_window(not_before: int, not_after: int) -> tuple[int, int]:
    """Choose the window to renew in where the CA suggests none: 2 % of the lifetime around 2/3 of it (1/2 if short)."""
    lifetime = not_after - not_before
    middle = not_before + lifetime // 2 if lifetime < SHORT_LIVED else not_before + lifetime * 2 // 3
    half = int(lifetime * WINDOW_WIDTH / 2)
    return middle - half, middle + half


def late_at(not_before: int, not_after: int) -> int:
    """Tell from when a certificate that is still not renewed is late: half of the time that renewals leave is gone."""
    _, end = fallback_window(not_before, not_after)
    return end + (not_after - end) // 2


def pick_time(window: tuple[int, int], fraction: float) -> int:
    """Pick the instant a fraction (0 to 1) into a window (RFC 9773 §4.2)."""
    start, end = window
    return start + int((end - start) * fraction)


def look_again_after(waited: int) -> int:
    """Tell how long to leave records alone that have been missing for `waited`."""
    return next((interval for limit, interval in LOOK_AGAIN if waited < limit), 7 * DAY)


def try_again_after(failures: int, retry_after: int, remaining_lifetime: int | None) -> int:
    """Tell how long to wait after a failed attempt.

    `failures` counts this one. The CA's `retry_after` (0 for none) is obeyed; else the schedule, but never more than
    1/8 of the certificate's remaining lifetime, where there is a certificate.
    """
    if retry_after:
        return obey(retry_after, remaining_lifetime)
    delay = TRY_AGAIN[failures - 1] if failures <= len(TRY_AGAIN) else DAY
    if remaining_lifetime is None or remaining_lifetime <= 0:
        return delay
    return max(MINUTE, min(delay, remaining_lifetime // 8))


LONGEST_LIFETIME = 90 * DAY
OUTAGE_ROUND = 4 * HOUR


def next_round(now: int, remaining_lifetime: int) -> int:
    """Choose when to try again at a CA that is down for long: in rounds, in each those first that expire first.

    A round begins for all at once and spreads over half its length; so nobody need know of the others.
    """
    share = min(max(0, remaining_lifetime), LONGEST_LIFETIME)
    return (now // OUTAGE_ROUND + 1) * OUTAGE_ROUND + OUTAGE_ROUND // 2 * share // LONGEST_LIFETIME


def obey(retry_after: int, remaining_lifetime: int | None) -> int:
    """Tell how long to leave a CA alone that asks for `retry_after`: so long, unless a certificate would end meanwhile.

    With a certificate at most 1/8 of what is left of it, but an hour at the least; once it has ended at most a day.
    """
    return retry_after if remaining_lifetime is None else min(retry_after, longest_wait(remaining_lifetime))


def longest_wait(remaining_lifetime: int) -> int:
    """Tell how long a renewal may wait for a CA, or for its place there."""
    return max(HOUR, remaining_lifetime // 8) if remaining_lifetime > 0 else DAY
