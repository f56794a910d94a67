"""What becomes of zones and delegations, for whoever listens (docs/events.md)."""

from dataclasses import dataclass
from enum import StrEnum


class About(StrEnum):
    """What a notice is about."""

    ZONE = "zone"
    DELEGATION = "delegation"


@dataclass(frozen=True, slots=True)
class Notice:
    """A change of what a zone or a delegation is found to be, at an instant (epoch milliseconds).

    `id` is the zone's or the delegation's UUID, `name` the zone's origin or the domain; `reason` is a problem's code,
    or the state again where all is well. `sentence` tells a person.
    """

    at: int
    about: About
    id: str
    name: str
    owner: str
    state: str
    reason: str
    sentence: str
