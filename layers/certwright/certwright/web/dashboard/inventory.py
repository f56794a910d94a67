"""What lists show: read whole, and kept for as long as reading it was dear."""

from dataclasses import dataclass, field, replace

from certwright.domain.access import Caller
from certwright.domain.certificate import Summary
from certwright.domain.renewal import SECOND
from certwright.flows.list_visible import list_owners, list_summaries
from certwright.flows.world import Desk
from certwright.web.dashboard.list_page import Inventory

WORTH = 20
"""A list is kept so many times as long as it took to read: reading takes a twentieth of the time at most."""
LONGEST = 60 * SECOND


@dataclass(slots=True)
class Shelf:
    """Keeps lists between requests of one sandbox, by what a caller may see."""

    _kept: dict[str, tuple[int, Inventory]] = field(default_factory=dict)

    def read(self, desk: Desk, caller: Caller) -> Inventory:
        """Give the list a caller may see; `as_of` tells when it was read."""
        scope = "" if caller.sees_all_owners else caller.owner
        until, inventory = self._kept.get(scope, (0, None))
        begun = desk.clock.now()
        if inventory is not None and begun < until:
            return inventory
        owners = list_owners(desk, caller)
        items = tuple(_by_the_clock(item, begun) for item in list_summaries(desk, owners))
        inventory = Inventory(items, {owner.id: owner.name for owner in owners}, desk.ca, begun)
        took = desk.clock.now() - begun
        self._kept[scope] = (begun + min(LONGEST, WORTH * took), inventory)
        return inventory

    def clear(self) -> None:
        """Forget what a change has made old."""
        self._kept.clear()


def _by_the_clock(item: Summary, now: int) -> Summary:
    """Show as expired what has expired since its summary was written."""
    return replace(item, state="expired") if item.state == "issued" and item.expires_at <= now else item
