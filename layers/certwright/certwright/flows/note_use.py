"""Note what a fresh look shows to be in use: zones, and delegations with the certificates that need them."""

from collections.abc import Iterable
from contextlib import suppress

from certwright.domain.delegation_watch import after_walk, is_news
from certwright.domain.errors import StaleRevision
from certwright.domain.owner import Delegation
from certwright.domain.records import NameCheck
from certwright.domain.renewal import DAY
from certwright.domain.zone_watch import used
from certwright.flows.world import Registry


def note_zones(registry: Registry, targets: Iterable[str], now: int) -> None:
    """Keep to the day when each zone was last seen in use: a walk ended at one of the targets."""
    origins = {target.partition(".")[2] for target in targets if target}
    for zone in registry.zones.list_all() if origins else ():
        if zone.origin in origins and now - zone.used_at > DAY:
            with suppress(StaleRevision):  # another worker has just noted the same, or changed the zone
                registry.zones.update(zone, used(zone, now))


def note_delegation(
    registry: Registry, certificate_id: str, delegation: Delegation, check: NameCheck, now: int
) -> None:
    """Keep what a look for a certificate found of a delegation, and that the certificate needs it."""
    if certificate_id not in delegation.certificates or delegation.deleted_at:
        registry.delegations.hold(delegation.owner, delegation.domain, certificate_id)
    found = after_walk(delegation, check.target, check.problem, now)
    if is_news(delegation, found):
        registry.delegations.note_look(found)
