"""Walk one delegation, whatever certificates there are."""

from dataclasses import dataclass

from certwright import ports
from certwright.domain.delegation_watch import after_walk
from certwright.domain.hop import Hop
from certwright.domain.owner import Delegation
from certwright.flows.wanted_records import served_zones, wanted_delegation
from certwright.flows.world import Registry
from certwright.settings import Settings


@dataclass(frozen=True, slots=True)
class Walked:
    """A delegation as a walk found it, and the hops on the way."""

    delegation: Delegation
    hops: tuple[Hop, ...] = ()


def walk_delegation(
    registry: Registry, checks: ports.EveryCheck, settings: Settings, delegation: Delegation, now: int
) -> Walked:
    """Look whether a domain leads to its target, of a deleted one whether it still does; nothing is stored.

    Raises `Unavailable` where that can't be told.
    """
    owner, zones = registry.owners.read(delegation.owner), registry.zones.list_all()
    served = served_zones(zones, owner) if owner and not delegation.deleted_at else ()
    if not served:
        aliases = checks.find_aliases(delegation.validation_name, delegation.uuid)
        target = next((name for name in aliases if name.partition(".")[0] == delegation.uuid), "")
        return Walked(after_walk(delegation, target, None, now))
    check = checks.check_delegation(wanted_delegation(delegation, zones, served, settings))
    return Walked(after_walk(delegation, check.target, check.problem, now), check.hops)
