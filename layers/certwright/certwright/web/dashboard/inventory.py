"""What lists show: read whole, and kept for as long as reading it was dear.

Whoever opens the list does not wait for it to be read whole: they see the newest certificates, or the list as it was a
while ago, and the page asks again by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from certwright.domain.access import Caller
from certwright.domain.ca import CaEntry
from certwright.domain.renewal import MINUTE, SECOND
from certwright.domain.shown import Summary
from certwright.flows.list_visible import list_newest, list_owners, list_summaries
from certwright.flows.world import Desk

WORTH = 20
"""A list is kept so many times as long as it took to read: reading takes a twentieth of the time at most."""
LONGEST = 60 * SECOND
DEAR = SECOND // 10
"""What takes less to read is read each time."""
OLDEST_SHOWN = 10 * MINUTE
"""So old may be what is shown in haste."""
NEWEST = 50


@dataclass(frozen=True, slots=True)
class Inventory:
    """All certificates that a visit may see; `owners` gives names by id, `as_of` when they were read.

    `is_whole` tells whether it has all of them, `is_settled` whether there is nothing newer to wait for.
    """

    items: Sequence[Summary]
    owners: Mapping[str, str]
    ca: CaEntry
    as_of: int
    is_whole: bool = True
    is_settled: bool = True


@dataclass(slots=True)
class Shelf:
    """Keeps lists between requests of one sandbox, by what a caller may see.

    `_at_ease` is for whom the next list is read whole: for who was shown one in haste, and where reading is cheap.
    """

    _kept: dict[str, tuple[int, Inventory]] = field(default_factory=dict)
    _at_ease: set[str] = field(default_factory=set)

    def read(self, desk: Desk, caller: Caller, *, in_haste: bool = False) -> Inventory:
        """Give the list a caller may see; in haste perhaps an old one or its beginning, but not twice in a row."""
        scope = "" if caller.sees_all_owners else caller.owner
        until, inventory = self._kept.get(scope, (0, None))
        begun = desk.clock.now()
        if inventory is not None and begun < until:
            return inventory
        if in_haste and scope not in self._at_ease:
            self._at_ease.add(scope)
            if inventory is not None and begun - inventory.as_of < OLDEST_SHOWN:
                return replace(inventory, is_settled=False)
            return _read_newest(desk, caller, begun)
        inventory = _read_whole(desk, caller, begun)
        took = desk.clock.now() - begun
        if took >= DEAR:
            self._kept[scope] = (begun + min(LONGEST, WORTH * took), inventory)
            self._at_ease.discard(scope)
        return inventory

    def clear(self) -> None:
        """Forget what a change has made old."""
        self._at_ease.clear()
        self._kept.clear()


def _read_whole(desk: Desk, caller: Caller, now: int) -> Inventory:
    owners = list_owners(desk, caller)
    items = tuple(_by_the_clock(item, now) for item in list_summaries(desk, owners))
    return Inventory(items, {owner.id: owner.name for owner in owners}, desk.ca, now)


def _read_newest(desk: Desk, caller: Caller, now: int) -> Inventory:
    owners = list_owners(desk, caller)
    found, are_all = list_newest(desk, owners, NEWEST)
    items = tuple(_by_the_clock(item, now) for item in found)
    return Inventory(items, {owner.id: owner.name for owner in owners}, desk.ca, now, are_all, are_all)


def _by_the_clock(item: Summary, now: int) -> Summary:
    """Show as expired what has expired since its summary was written."""
    return replace(item, state="expired") if item.state == "issued" and item.expires_at <= now else item
