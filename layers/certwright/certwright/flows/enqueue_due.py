"""Bring what is due to the queue: the truth is the due index, messages only hasten it."""

from certwright import ports
from certwright.domain.ca_account import CaDefinition, is_moving, is_unsettled
from certwright.domain.renewal import SECOND
from certwright.flows.ca_accounts import MESSAGE_PREFIX, MOVE_PREFIX
from certwright.flows.patrol import PATROL, ZONES

HIGH_WATER = 1000
"""No more messages than this wait in the queue because of us; the rest stays due and comes next time."""


def enqueue_due(
    jobs: ports.Jobs, queue: ports.Queue, clock: ports.Clock, grace_seconds: int, high_water: int = HIGH_WATER
) -> int:
    """Send the certificates that have been due for the grace period, oldest first; returns how many.

    The grace leaves the first go to the delayed message that was sent when the due time was set.
    """
    room = high_water - queue.depth()
    if room <= 0:
        return 0
    due = jobs.list_due(clock.now() - grace_seconds * SECOND, room)
    if due:
        queue.send_all(due)
    return len(due)


def enqueue_unsettled(
    cas: ports.CaDefinitions, standings: ports.CaStandings, queue: ports.Queue, clock: ports.Clock, own: CaDefinition
) -> int:
    """Send the CA accounts whose CA has still to be told something, or whose certificates move; returns how many.

    The deployment's own account is looked after too, though nothing need be stored of it.
    """
    stored = cas.list_all()
    found = stored if any(item.name == own.name for item in stored) else (own, *stored)
    due = [MESSAGE_PREFIX + item.name for item in found if is_unsettled(item, standings.read(item.name), clock.now())]
    due += [MOVE_PREFIX + item.name for item in found if is_moving(item)]
    if due:
        queue.send_all(due)
    return len(due)


def enqueue_patrol(owners: ports.Owners, queue: ports.Queue, beat: str) -> int:
    """Send for a patrol of the zones, or of every owner's delegations; returns how many messages that took."""
    beats = (ZONES,) if beat == ZONES else tuple(owner.id for owner in owners.list_all())
    queue.send_all([PATROL + each for each in beats])
    return len(beats)
