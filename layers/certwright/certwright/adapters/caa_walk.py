"""The climb for CAA (RFC 8659 §3): the identifier, then each name above it; aliases are followed at each."""

from certwright.adapters.dns_chain import follow
from certwright.adapters.dns_walk import Walk
from certwright.domain.dns_facts import CaaFacts, Chain
from certwright.domain.identifier import Registrable


def find_caa(walk: Walk, identifier: str, registrable: Registrable) -> CaaFacts:
    """Climb to the nearest records, or to a name that can't be read: what is above it no longer matters."""
    labels = identifier.split(".")
    levels: list[Chain] = []
    for at in range(len(labels)):
        level = ".".join(labels[at:])
        levels.append(follow(walk, level, "CAA", is_one_enough=registrable(level) is None))
        if _decides(levels[-1]):
            break
    return CaaFacts(tuple(levels))


def _decides(chain: Chain) -> bool:
    return bool(chain.last.values) or chain.last.is_failed or chain.is_loop or chain.is_too_long
