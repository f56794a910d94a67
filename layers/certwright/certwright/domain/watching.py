"""When the records of an issued certificate are looked at, though nothing needs them yet, and what is told of it.

A look comes about daily, at a time when the certificate is looked after in any case; it makes no work due. What it
finds wrong is looked at once more before anybody is told: name servers have bad minutes.
"""

from dataclasses import replace

from certwright.domain.certificate import Work
from certwright.domain.problem import Problem
from certwright.domain.records import first_problem
from certwright.domain.renewal import DAY, HOUR

WATCH_INTERVAL = 20 * HOUR
"""So long nothing is looked at again: under a day, since what comes up daily comes up a little early or late."""

SEEN_AGAIN_AFTER = HOUR
"""What is wrong is looked at again so soon, and told if it still is."""

WHILE_TROUBLED = 6 * HOUR
"""How often records that are known to be wrong are looked at."""

LOOKED_AT_WITHIN = 14 * DAY
"""However much else there is to do, records are looked at so often."""


def find_trouble(work: Work) -> Problem | None:
    """Find what the last look found wrong, told or not."""
    return work.ownership_problem or first_problem(work.checks)


def shown_trouble(work: Work) -> Problem | None:
    """Find what is wrong and has been seen twice, or was asked about; None where there is nothing to tell."""
    is_seen_again = work.trouble_since and work.checked_at >= work.trouble_since + SEEN_AGAIN_AFTER
    return find_trouble(work) if is_seen_again else None


def note_look(work: Work, now: int) -> Work:
    """Note since when looks find trouble, after one that was just made, and when the next is wanted."""
    if find_trouble(work) is None:
        return replace(work, trouble_since=0, watch_at=now + WATCH_INTERVAL)
    since = work.trouble_since or now
    return replace(work, trouble_since=since, watch_at=now + (SEEN_AGAIN_AFTER if since == now else WHILE_TROUBLED))


def ask_for_look(work: Work, now: int) -> Work:
    """Have what the next look finds wrong told at once."""
    return replace(work, trouble_since=work.trouble_since or now - SEEN_AGAIN_AFTER)


def put_off_look(work: Work, now: int) -> Work:
    """Leave a look for the next time that the certificate is looked after."""
    return replace(work, watch_at=now + SEEN_AGAIN_AFTER)


def next_attention(work: Work) -> int:
    """Tell when an issued certificate is next due; only one in trouble comes up for its records' sake."""
    planned = min(work.renew_at, work.window_check_at)
    return min(planned, work.watch_at) if work.trouble_since else planned
