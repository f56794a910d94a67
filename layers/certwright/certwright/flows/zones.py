"""Set up, rename and look at the DNS zones that users delegate to us."""

from contextlib import suppress
from dataclasses import replace

from certwright.domain.access import Caller
from certwright.domain.answer import MAX_ORIGIN_LENGTH, ServedZone
from certwright.domain.errors import Conflict, InvalidRequest, NotAllowed, NotFound, StaleRevision
from certwright.domain.identifier import parse_name
from certwright.domain.owner import Owner, Zone, may_name
from certwright.domain.problem import Problem
from certwright.flows.hasten import hasten
from certwright.flows.wanted_records import wanted_zone
from certwright.flows.world import Desk

TRIES = 5
WOKEN_AT_MOST = 100


def ensure_zone(desk: Desk, owner: Owner, identifier: str) -> Zone:
    """Take the zone an owner can use, or make one with random names under an identifier's registrable domain.

    Of two requests at once one makes the zone and both use it.
    """
    zone = desk.registry.zones.read(owner.current_zone) if owner.current_zone else None
    if zone:
        return zone
    zones = desk.registry.zones.list_all()
    shared = next((zone for zone in zones if zone.is_shared and not zone.is_retiring), None)
    if shared:
        return shared
    made = _make(desk, owner, desk.suffixes.registrable(identifier) or identifier)
    if desk.registry.owners.set_current_zone(owner.id, made.id, instead_of=owner.current_zone):
        return made
    _remove(desk, made)
    fresh = desk.registry.owners.read(owner.id)
    if fresh is None or fresh.current_zone == owner.current_zone:
        raise StaleRevision("The owner's zone changed in between: ask again.")
    return ensure_zone(desk, fresh, identifier)


def may_rename(caller: Caller, zone: Zone) -> bool:
    """Tell whether a zone's names are the caller's to change: what other owners use too is an operator's."""
    return caller.sees_all_owners or (zone.owner == caller.owner and not zone.is_shared)


def rename_zone(desk: Desk, zone: Zone, origin: str | None, name_server: str | None) -> Zone:
    """Change a zone's names and return the zone to use from now on.

    A new origin makes a successor and retires the zone, which is served until nothing points at it; one that nothing
    ever pointed at goes at once. A new name-server name alone changes the zone in place. What was interrupted is ended
    by asking again. Raises `InvalidRequest`, `NotAllowed` (a new name that no pattern of the zone's owner grants),
    `Conflict`.
    """
    names = _parse_names(desk, origin or zone.origin, name_server or zone.name_server)
    _refuse_ungranted(desk, zone, names)
    if zone.is_retiring:
        raise Conflict("This zone is retiring: rename the current one.", code="zone-retiring")
    if names == (zone.origin, zone.name_server):
        _serve(desk, zone)
        return zone
    if names[0] == zone.origin:
        changed = replace(zone, name_server=names[1], looked_at=0, trouble_since=0, problem=None)
        desk.registry.zones.update(zone, changed)
        _serve(desk, changed)
    else:
        changed = _succeed(desk, zone, names)
    _have_looked_at(desk, zone.owner)
    return changed


def share_zone(desk: Desk, zone: Zone, *, is_shared: bool) -> Zone:
    """Let every owner use a zone, or its own alone; raises `Conflict` for one that is retiring."""
    if zone.is_retiring:
        raise Conflict("This zone is retiring: change the current one.", code="zone-retiring")
    if zone.is_shared == is_shared:
        return zone
    changed = replace(zone, is_shared=is_shared)
    desk.registry.zones.update(zone, changed)
    return changed


def notice_of_sharing(desk: Desk, zone: Zone) -> str:
    """Say in whose hands the names of all owners are who use a shared zone; empty for one that is not shared."""
    if not zone.is_shared:
        return ""
    parent = desk.suffixes.registrable(zone.origin) or zone.origin
    return f"Whoever controls {parent} can have certificates issued for every name that is delegated to this zone."


def check_zone(desk: Desk, zone: Zone) -> Problem | None:
    """Look now whether a zone is delegated to us and answers."""
    return desk.checks.check_zone(wanted_zone(zone, desk.settings))


def find_zone(desk: Desk, zone_id: str) -> Zone:
    """Read a zone; raises `NotFound`."""
    zone = desk.registry.zones.read(zone_id)
    if zone is None:
        raise NotFound(f"There is no zone {zone_id} of yours: check the id.")
    return zone


def _have_looked_at(desk: Desk, owner_id: str) -> None:
    """Wake the owner's newest certificates that wait, so that they name the new records; older ones look in time."""
    for item in desk.certificates.list_summaries(owner_id, "", WOKEN_AT_MOST).items:
        if item.state == "waiting":
            with suppress(NotFound):
                desk.certificates.wake(item.id, desk.clock.now(), is_deleted=False)
            hasten(desk.queue, item.id)


def _make(desk: Desk, owner: Owner, domain: str) -> Zone:
    for attempt in range(TRIES):
        names = (f"acme-{desk.chance.new_label()}.{domain}", f"ns-{desk.chance.new_label()}.{domain}")
        try:
            return _create(desk, owner.id, names, is_shared=False)
        except Conflict:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable: the last try returns or raises")


def _create(desk: Desk, owner_id: str, names: tuple[str, str], *, is_shared: bool) -> Zone:
    zone = Zone(desk.chance.new_id("zon_"), owner_id, names[0], names[1], desk.clock.now(), is_shared=is_shared)
    desk.registry.zones.create(zone)
    _serve(desk, zone)
    return zone


def _succeed(desk: Desk, zone: Zone, names: tuple[str, str]) -> Zone:
    """Make the successor; the time a zone must go unused before it is dropped begins with its retirement."""
    successor = _take_up(desk, zone, names) or _create(desk, zone.owner, names, is_shared=zone.is_shared)
    is_current = desk.registry.owners.set_current_zone(zone.owner, successor.id, instead_of=zone.id)
    if not is_current and not _is_current(desk, successor):
        _remove(desk, successor)
        raise Conflict("This zone is not the owner's current one any more: rename that.", code="zone-not-current")
    if zone.used_at:
        desk.registry.zones.update(zone, replace(zone, is_retiring=True, used_at=desk.clock.now()))
    else:
        _remove(desk, zone)
    return successor


def _take_up(desk: Desk, zone: Zone, names: tuple[str, str]) -> Zone | None:
    """Find the successor that an interrupted rename has left, and serve it; else its origin would be taken for ever."""
    left = (other for other in desk.registry.zones.list_all() if (other.owner, other.origin) == (zone.owner, names[0]))
    found = next((other for other in left if not other.is_retiring), None)
    if found is None:
        return None
    successor = replace(found, name_server=names[1], is_shared=zone.is_shared)
    desk.registry.zones.update(found, successor)
    _serve(desk, successor)
    return successor


def _is_current(desk: Desk, zone: Zone) -> bool:
    owner = desk.registry.owners.read(zone.owner)
    return owner is not None and owner.current_zone == zone.id


def _serve(desk: Desk, zone: Zone) -> None:
    desk.answers.publish_zone(ServedZone(zone.origin, (zone.name_server,), desk.settings.node_addresses))


def _remove(desk: Desk, zone: Zone) -> None:
    desk.answers.withdraw_zone(zone.origin)
    desk.registry.zones.remove(zone)


def _refuse_ungranted(desk: Desk, zone: Zone, names: tuple[str, str]) -> None:
    """Let an owner take new names only within what it may ask for: a zone keeps all others out of its origin."""
    owner = desk.registry.owners.read(zone.owner)
    wanted = {"origin": (zone.origin, names[0]), "name_server": (zone.name_server, names[1])}
    for field, (before, name) in wanted.items():
        if name != before and not (owner and may_name(owner, name)):
            raise NotAllowed(
                f"No pattern of this zone's owner grants {name}: choose a name that one grants, or have an operator "
                "grant it.",
                field=field,
                code="name-not-granted",
            )


def _parse_names(desk: Desk, origin: str, name_server: str) -> tuple[str, str]:
    origin, name_server = parse_name(origin, "origin"), parse_name(name_server, "name_server")
    if desk.suffixes.registrable(origin) in (None, origin):
        raise InvalidRequest(
            f"“{origin}” is a whole domain: delegate a sub-domain of it, like acme.{origin}.",
            field="origin",
            code="zone-at-domain",
        )
    if len(origin) > MAX_ORIGIN_LENGTH:
        raise InvalidRequest(
            f"The zone's name is longer than {MAX_ORIGIN_LENGTH} characters, which leaves no room for the names in it: "
            "choose a shorter one.",
            field="origin",
            code="zone-too-long",
        )
    if desk.suffixes.registrable(name_server) is None or name_server == origin:
        raise InvalidRequest(
            f"“{name_server}” can't be the name server: choose a name of its own, like ns.{origin.partition('.')[2]}.",
            field="name_server",
            code="name-server",
        )
    return origin, name_server
