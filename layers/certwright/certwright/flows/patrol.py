"""Look at what no certificate's own looks see to: the zones, delegations that nothing needs, CNAMEs left over."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import batched

from certwright.domain import delegation_watch, zone_watch
from certwright.domain.errors import StaleRevision, Unavailable
from certwright.domain.owner import Delegation, Zone
from certwright.domain.renewal import SECOND
from certwright.flows.note_use import note_zones
from certwright.flows.walk_delegation import walk_delegation
from certwright.flows.wanted_records import wanted_zone
from certwright.flows.world import Workshop

PATROL = "patrol#"
"""What a message begins with that asks for a patrol: of the zones, or of an owner's delegations."""

ZONES = "zones"
AT_ONCE = 8
BATCH_TAKES = 12 * SECOND


def patrol(workshop: Workshop, beat: str, lasts: int) -> int:
    """Look at all zones, or at the delegations of the owner whose id `beat` is, for `lasts` milliseconds.

    Those go first that were not looked at for longest; what is not reached comes with the next message. Returns how
    many were looked at. Two at once do no harm.
    """
    ends_at = workshop.clock.now() + lasts
    return _patrol_zones(workshop, ends_at) if beat == ZONES else _patrol_delegations(workshop, beat, ends_at)


def _patrol_zones(workshop: Workshop, ends_at: int) -> int:
    now = workshop.clock.now()
    due = [zone for zone in workshop.registry.zones.list_all() if zone_watch.is_due(zone, now)]
    due.sort(key=lambda zone: zone.looked_at)
    return sum(_in_batches(workshop, due, partial(_look_at_zone, workshop), ends_at))


def _look_at_zone(workshop: Workshop, zone: Zone) -> bool:
    """Look at one zone; what changed is told before it is stored, so that it is told at least once."""
    problem = workshop.checks.check_zone(wanted_zone(zone, workshop.settings))
    now = workshop.clock.now()
    after = zone_watch.after_look(zone, problem, now)
    if notice := zone_watch.notice_of(zone, after, now):
        workshop.notices.put(notice)
    with suppress(StaleRevision):  # another worker was here, or somebody has changed the zone
        workshop.registry.zones.update(zone, after)
        if zone_watch.is_abandoned(after, now):
            workshop.answers.withdraw_zone(after.origin)
            workshop.registry.zones.remove(after)
    return True


def _patrol_delegations(workshop: Workshop, owner_id: str, ends_at: int) -> int:
    now = workshop.clock.now()
    listed = workshop.registry.delegations.list_of(owner_id)
    due = [item for item in listed if delegation_watch.is_unattended(item, now)]
    due.sort(key=lambda item: item.looked_at)
    return sum(_in_batches(workshop, due, partial(_look_at_delegation, workshop), ends_at))


def _look_at_delegation(workshop: Workshop, delegation: Delegation) -> bool:
    """Look at one delegation; a CNAME left over keeps its zone in use as any other does."""
    now = workshop.clock.now()
    try:
        walked = walk_delegation(workshop.registry, workshop.checks, workshop.settings, delegation, now)
    except Unavailable:
        return False
    after = walked.delegation
    if notice := delegation_watch.notice_of(delegation, after, now):
        workshop.notices.put(notice)
    workshop.registry.delegations.note_look(after)
    note_zones(workshop.registry, (after.target,), now)
    return True


def _in_batches[T](workshop: Workshop, items: Sequence[T], look: Callable[[T], bool], ends_at: int) -> Iterator[bool]:
    """Look at several at once, as long as there is time for more."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for batch in batched(items, AT_ONCE, strict=False):
            if workshop.clock.now() + BATCH_TAKES > ends_at:
                return
            yield from pool.map(look, batch)
