"""Make a failing scenario small: leave out what the failure does not need, then what is left of time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from certwright.domain.renewal import DAY
from tests.simulation.run import Result, run
from tests.simulation.scenario import Scenario

MOST_RUNS = 300


def shrink(failed: Result, runs: int = MOST_RUNS, try_out: Callable[[Scenario], Result] = run) -> Result:
    """Find a smaller scenario that breaks the same promise; gives up after so many runs and returns the best."""
    best = _cut_time(failed)
    while True:
        for smaller in _smaller(best):
            runs -= 1
            if runs < 0:
                return best
            result = try_out(smaller)
            if _is_same(result, failed):
                best = _cut_time(result)
                break
        else:
            return best


def _is_same(result: Result, failed: Result) -> bool:
    return bool(result.violation and failed.violation and result.violation.promise == failed.violation.promise)


def _cut_time(result: Result) -> Result:
    days = result.ended_at // DAY + 1
    faults = frozenset(result.faults)
    return replace(result, scenario=replace(result.scenario, days=days, allowed_faults=faults))


def _smaller(result: Result) -> Iterator[Scenario]:
    """Offer scenarios with less in them, the ones with the least first."""
    scenario, faults = result.scenario, sorted(result.faults)
    for some in _without_parts(faults):
        yield replace(scenario, allowed_faults=frozenset(some))
    for spells in _without_parts(scenario.spells):
        yield replace(scenario, spells=tuple(spells))
    for wishes in _without_parts(scenario.wishes):
        yield replace(scenario, wishes=tuple(wishes))
    if scenario.deployed_at:
        yield replace(scenario, deployed_at=0)
    if scenario.skews != (0,):
        yield replace(scenario, skews=(0,))
    for wish in scenario.wishes:
        plain = replace(wish, deleted_at=0, records_at=wish.asked_at)
        if plain != wish:
            yield replace(scenario, wishes=tuple(plain if other == wish else other for other in scenario.wishes))


def _without_parts[T](parts: Sequence[T]) -> Iterator[list[T]]:
    """Leave out everything, each half, each quarter and so on, down to each single part."""
    size = len(parts)
    while size:
        for start in range(0, len(parts), size):
            yield [*parts[:start], *parts[start + size :]]
        size //= 2
