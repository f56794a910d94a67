"""Which records must stand for a certificate."""

from collections.abc import Sequence
from dataclasses import dataclass

from certwright.domain.certificate import Desired
from certwright.domain.owner import Delegation, Owner, Zone
from certwright.domain.records import Record, WantedAddress, WantedDelegation, WantedZone
from certwright.flows.world import Registry
from certwright.settings import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must be seen for each identifier of a certificate; `known` are the delegations as they are stored."""

    delegations: tuple[WantedDelegation, ...]
    addresses: tuple[WantedAddress, ...]
    known: tuple[Delegation, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """The records to add, each once, in the order they are looked for."""
        by_dns = (record for item in self.delegations for record in item.records)
        by_http = (record for item in self.addresses for record in item.records)
        return tuple(dict.fromkeys((*by_dns, *by_http)))


def wanted_records(registry: Registry, settings: Settings, desired: Desired, owner: Owner) -> Wanted:
    """Work out the records of a certificate from its owner's zones and delegations."""
    every_zone = registry.zones.list_all()
    served = served_zones(every_zone, owner)
    delegations = [registry.delegations.read(owner.id, item) for item in desired.dns_identifiers]
    known = tuple(item for item in delegations if item and served)
    return Wanted(
        delegations=tuple(wanted_delegation(item, every_zone, served, settings) for item in known),
        addresses=tuple(_address(name, served, settings) for name in desired.http_names),
        known=known,
    )


def served_zones(zones: Sequence[Zone], owner: Owner) -> tuple[Zone, ...]:
    """Pick the zones that count for an owner: the current one first, those that retire last, its own before shared."""

    def rank(zone: Zone) -> tuple[bool, bool, bool, str]:
        return zone.id != owner.current_zone, zone.is_retiring, zone.owner != owner.id, zone.origin

    return tuple(sorted((zone for zone in zones if zone.owner == owner.id or zone.is_shared), key=rank))


def wanted_zone(zone: Zone, settings: Settings) -> WantedZone:
    """Describe how a zone ought to be seen."""
    return WantedZone(zone.origin, zone.name_server, settings.node_addresses)


def wanted_delegation(
    delegation: Delegation, every_zone: Sequence[Zone], served: Sequence[Zone], settings: Settings
) -> WantedDelegation:
    """Describe how a delegation ought to be seen; `served` are the zones that count for its owner, at least one."""
    return WantedDelegation(
        identifier=delegation.domain,
        targets=tuple(delegation.fulldomain(zone.origin) for zone in served),
        zones=tuple(wanted_zone(zone, settings) for zone in served),
        our_origins=tuple(zone.origin for zone in every_zone),
    )


def _address(name: str, served: Sequence[Zone], settings: Settings) -> WantedAddress:
    hosts = (settings.challenge_host, *(zone.name_server for zone in served))
    redirect_hosts = tuple(host for host in hosts if host)
    return WantedAddress(name, settings.node_addresses, redirect_hosts, settings.answers_table)
