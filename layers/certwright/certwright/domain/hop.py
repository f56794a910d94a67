"""Hops: what a CA passes on its way to our answer, each with how it was found, for people to see where it breaks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from certwright.domain.problem import Problem, cut

LONGEST_TEXT = 300
"""Bytes of what a hop is called, wanted and found."""


class Part(StrEnum):
    """What a hop is, in the order in which a CA passes them."""

    DOMAIN = "domain"
    ALIAS = "alias"
    DELEGATION = "delegation"
    NAME_SERVER = "name-server"
    NODE = "node"
    ADDRESS = "address"
    SITE = "site"
    DNSSEC = "dnssec"
    CAA = "caa"


class HopState(StrEnum):
    """`WAITING` is what is not there yet or could not be looked at, `BROKEN` what is there and wrong."""

    OK = "ok"
    WAITING = "waiting"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop: `wanted` and `found` are records as people write them, `code` that of its problem, empty for none."""

    part: Part
    name: str
    state: HopState
    wanted: str = ""
    found: str = ""
    code: str = ""

    @property
    def size(self) -> int:
        """Reckon the bytes it takes in an item, the names of its fields included."""
        return 60 + sum(len(text.encode()) for text in (self.part, self.name, self.wanted, self.found, self.code))


_NOT_YET = frozenset(
    {
        "address-missing",
        "cname-missing",
        "cname-not-everywhere",
        "zone-address-missing",
        "zone-ns-missing",
        "zone-ns-not-everywhere",
    }
)


def judge(part: Part, name: str, problem: Problem | None, *, wanted: str = "", found: str = "") -> Hop:
    """Describe a hop that was looked at, in order where it has no problem."""
    if problem is None:
        return _shortened(Hop(part, name, HopState.OK, wanted, found))
    state = HopState.WAITING if problem.code in _NOT_YET else HopState.BROKEN
    return _shortened(Hop(part, name, state, wanted or problem.wanted, problem.found or found, problem.code))


def unseen(part: Part, name: str, wanted: str) -> Hop:
    """Describe a hop that could not be looked at, for one before it."""
    return _shortened(Hop(part, name, HopState.WAITING, wanted))


def _shortened(hop: Hop) -> Hop:
    name, wanted, found = (cut(text, LONGEST_TEXT) for text in (hop.name, hop.wanted, hop.found))
    return replace(hop, name=name, wanted=wanted, found=found)


def in_order(hops: Iterable[Hop]) -> tuple[Hop, ...]:
    """Sort hops as a CA passes them; those of one part stay as they are."""
    parts = list(Part)
    return tuple(sorted(hops, key=lambda hop: parts.index(hop.part)))


def fit(groups: Sequence[tuple[Hop, ...]], most: int) -> tuple[tuple[Hop, ...], ...]:
    """Keep hops within so many bytes: first all that are not in order, then whole groups from the first on."""
    troubled = [tuple(hop for hop in group if hop.state is not HopState.OK) for group in groups]
    left = most - sum(hop.size for group in troubled for hop in group)
    fitted = []
    for group, trouble in zip(groups, troubled, strict=True):
        more = sum(hop.size for hop in group) - sum(hop.size for hop in trouble)
        fitted.append(group if more <= left else trouble)
        left -= more if more <= left else 0
    return tuple(fitted) if left >= 0 else tuple(() for _ in groups)
