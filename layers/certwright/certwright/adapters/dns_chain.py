"""Chains of CNAMEs, followed name by name."""

from collections.abc import Callable

from certwright.adapters.dns_walk import Walk
from certwright.domain.dns_facts import Chain

LONGEST_CHAIN = 8


def _never(_: str) -> bool:
    return False


def follow(
    walk: Walk, name: str, type_: str, is_end: Callable[[str], bool] = _never, *, is_one_enough: bool = False
) -> Chain:
    """Follow CNAMEs from a name to where there is none, to a name that `is_end`, round a loop, or for 8 links.

    `is_one_enough` has one server asked for the name itself.
    """
    names, lookups = [name], [walk.lookup(name, type_, is_one_enough=is_one_enough)]
    while aliases := lookups[-1].aliases:
        target = next(filter(is_end, aliases), aliases[0])
        is_loop = target in names
        names.append(target)
        is_too_long = len(names) > LONGEST_CHAIN + 1
        if is_loop or is_too_long or is_end(target):
            return Chain(tuple(names), tuple(lookups), is_loop, is_too_long and not is_loop)
        lookups.append(walk.lookup(target, type_))
    return Chain(tuple(names), tuple(lookups))
