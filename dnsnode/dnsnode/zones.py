"""All zones that are served, and where one lies below another."""

from collections import Counter
from itertools import islice
from typing import Final

from dnsnode import wire
from dnsnode.zone import Zone

_DS: Final = wire.DS.to_bytes(2)


class Zones:
    """Zones by their origins, in lower case on the wire."""

    def __init__(self) -> None:
        self._by_origin: dict[bytes, Zone] = {}
        self._at_or_below: Counter[bytes] = Counter()

    def __contains__(self, origin: bytes) -> bool:
        return origin in self._by_origin

    def get(self, origin: bytes) -> Zone | None:
        """Look up a zone by its origin."""
        return self._by_origin.get(origin)

    def put(self, zone: Zone) -> None:
        """Add a zone, or put it in the place of the one that has its origin."""
        if zone.origin not in self._by_origin:
            self._at_or_below.update(wire.enclosing_names(zone.origin))
        zone.know_below(self._origins_below(zone.origin))
        self._by_origin[zone.origin] = zone
        self._tell_the_zone_above(zone.origin)

    def pop(self, origin: bytes) -> Zone | None:
        """Take a zone away and return it; None where there is none."""
        zone = self._by_origin.pop(origin, None)
        if zone:
            self._at_or_below.subtract(wire.enclosing_names(origin))
            self._at_or_below = +self._at_or_below
            self._tell_the_zone_above(origin)
        return zone

    def find(self, name: bytes, rrtype: bytes) -> Zone | None:
        """Find the closest enclosing zone; DS at an apex is of the zone above, if that is ours (RFC 4035 §3.1.4.1)."""
        found = (zone for above in wire.enclosing_names(name) if (zone := self._by_origin.get(above)))
        closest = next(found, None)
        if rrtype == _DS and closest and closest.origin == name:
            return next(found, closest)
        return closest

    def _tell_the_zone_above(self, origin: bytes) -> None:
        for above in islice(wire.enclosing_names(origin), 1, None):
            zone = self._by_origin.get(above)
            if zone:
                zone.know_below(self._origins_below(above))
                return

    def _origins_below(self, origin: bytes) -> list[bytes]:
        if self._at_or_below[origin] <= 1:  # so it is nearly always, and with many zones looking through them is slow
            return []
        return [other for other in self._by_origin if origin in islice(wire.enclosing_names(other), 1, None)]
