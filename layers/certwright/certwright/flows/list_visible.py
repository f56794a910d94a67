"""List all that a caller may see, for those who sort and filter it themselves."""

from certwright.domain.access import Caller
from certwright.domain.owner import Owner, Zone
from certwright.domain.shown import Summary
from certwright.flows.world import Desk

AT_ONCE = 5_000


def list_owners(desk: Desk, caller: Caller) -> tuple[Owner, ...]:
    """List the owners whose things a caller may see."""
    return tuple(owner for owner in desk.registry.owners.list_all() if caller.may_touch(owner.id))


def list_summaries(desk: Desk, owners: tuple[Owner, ...]) -> tuple[Summary, ...]:
    """List every certificate of some owners; about 250 bytes each are read."""
    return tuple(item for owner in owners for item in _of_owner(desk, owner.id))


def list_newest(desk: Desk, owners: tuple[Owner, ...], limit: int) -> tuple[tuple[Summary, ...], bool]:
    """List the newest certificates of some owners; also tell whether these are all."""
    pages = [desk.certificates.list_summaries(owner.id, "", limit) for owner in owners]
    found = sorted((item for page in pages for item in page.items), key=lambda item: (-item.created_at, item.id))
    return tuple(found[:limit]), len(found) <= limit and not any(page.cursor for page in pages)


def list_zones(desk: Desk, caller: Caller) -> tuple[Zone, ...]:
    """List the zones a caller may see: their own, and those that are shared."""
    return tuple(zone for zone in desk.registry.zones.list_all() if zone.is_shared or caller.may_touch(zone.owner))


def _of_owner(desk: Desk, owner: str) -> list[Summary]:
    page = desk.certificates.list_summaries(owner, "", AT_ONCE)
    found = list(page.items)
    while page.cursor:
        page = desk.certificates.list_summaries(owner, page.cursor, AT_ONCE)
        found.extend(page.items)
    return found
