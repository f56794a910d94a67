"""When a zone is looked at, what is told of it, and when a retiring one is no longer needed."""

from dataclasses import replace

from certwright.domain.notice import About, Notice
from certwright.domain.owner import Zone
from certwright.domain.problem import Problem, shorten
from certwright.domain.renewal import DAY, HOUR
from certwright.domain.watching import LOOKED_AT_WITHIN, SEEN_AGAIN_AFTER

ZONE_INTERVAL = 6 * HOUR
"""How often a zone's parent and name server are looked at."""

UNUSED_ZONE_KEPT = 30 * DAY
"""How long a retiring zone is served that no fresh walk ends in; every certificate in use is looked at more often."""

UNUSED_LOOKS = 100
"""So many looks at the zone must lie within: days in which nothing was looked at don't count."""


def is_due(zone: Zone, now: int) -> bool:
    """Tell whether a zone is to be looked at."""
    is_first_sight = zone.trouble_since == zone.looked_at and zone.trouble_since
    return now >= zone.looked_at + (SEEN_AGAIN_AFTER if is_first_sight else ZONE_INTERVAL)


def trouble_of(zone: Zone) -> Problem | None:
    """Find what is wrong with a zone in use and was seen twice; None where there is nothing to tell."""
    is_seen_again = zone.trouble_since and zone.looked_at >= zone.trouble_since + SEEN_AGAIN_AFTER
    return zone.problem if is_seen_again and zone.used_at else None


def endangers_renewals(zone: Zone, now: int) -> bool:
    """Tell whether a zone is in trouble that certificates lead to; what everybody has left is nobody's trouble."""
    return trouble_of(zone) is not None and now - zone.used_at <= LOOKED_AT_WITHIN + DAY


def after_look(zone: Zone, problem: Problem | None, now: int) -> Zone:
    """Note what a look found; a retiring zone that nothing uses may fall into disorder."""
    if zone.is_retiring and now - zone.used_at > LOOKED_AT_WITHIN:
        problem = None
    return replace(
        zone,
        looked_at=now,
        problem=shorten(problem) if problem else None,
        trouble_since=(zone.trouble_since or now) if problem else 0,
        unused_looks=zone.unused_looks + 1,
    )


def used(zone: Zone, now: int) -> Zone:
    """Note that a walk ended in a zone."""
    return replace(zone, used_at=now, unused_looks=0)


def is_abandoned(zone: Zone, now: int) -> bool:
    """Tell whether a retiring zone is to be served no longer."""
    is_unused = now - zone.used_at > UNUSED_ZONE_KEPT and zone.unused_looks >= UNUSED_LOOKS
    return zone.is_retiring and is_unused


def notice_of(before: Zone, after: Zone, now: int) -> Notice | None:
    """Tell of a zone whose state has changed; None where it has not."""
    was, shown = trouble_of(before), trouble_of(after)
    if (was.code if was else "") == (shown.code if shown else ""):
        return None
    state, reason = ("broken", shown.code) if shown else ("stands", "stands")
    sentence = shown.sentence if shown else f"{after.origin} is delegated to us and answers."
    return Notice(now, About.ZONE, after.id, after.origin, after.owner, state, reason, sentence)
