"""What a save of `Work` changes for those who look: the summary in lists, and the events."""

from certwright.domain.certificate import Desired, Event, Work
from certwright.domain.shown import Summary, status, summary

HISTORY_KEPT_SECONDS = 400 * 86_400
"""How long events and closed attempts are kept, whatever becomes of their certificate."""


def summary_to_write(desired: Desired, before: Work, after: Work, now: int) -> Summary | None:
    """Build the summary that must land with a save, None where lists show the same; `now` in epoch milliseconds.

    A certificate expires by the clock, between two saves: while it is expired its summary always lands.
    """
    wanted = summary(desired, after, now)
    is_same = wanted == summary(desired, before, now)
    return None if is_same and wanted.state != "expired" else wanted


def event_to_write(desired: Desired, before: Work, after: Work, now: int) -> Event | None:
    """Build the event that must land with a save, None where state and reason stay."""
    was, shown = status(desired, before, now), status(desired, after, now)
    if (was.state, was.reason) == (shown.state, shown.reason):
        return None
    return Event(now, shown.state, shown.reason, shown.sentence, desired.correlation_id)


def deletion_event(desired: Desired, work: Work, now: int) -> Event:
    """Build the event of a deletion asked for; `desired` is as marked."""
    shown = status(desired, work, now)
    return Event(now, shown.state, shown.reason, shown.sentence, desired.correlation_id)
