"""What must happen in a run of many seeds for its promises to mean anything, by the names under which it is counted."""

from collections import Counter
from collections.abc import Iterable
from typing import get_args

from certwright.domain.steps import Step
from tests.simulation.line import FAULTS
from tests.simulation.scenario import CA_SPELLS, WORLD_SPELLS

type Tally = Counter[str]

SURE_FROM = 1000
"""From so many seeds on each of these must have happened, whichever seeds they are."""

AT_CALLS = (
    *(f"call: {fault}" for fault in FAULTS),
    "call: the function's time is over",
    "call: goes on an hour later or more",
)
OF_WORKERS = (
    "worker: clock is off",
    "worker: takes over a lease that ended",
    "worker: newer release goes on with an older one's attempt",
    "worker: late save refused",
    "worker: late writer of current refused",
    "worker: late writer of current puts what is current",
    "message: lost",
    "message: doubled",
    "message: late",
    "message: overtaken by a later one",
    "message: given up after five deliveries",
)
OF_THE_CA = (
    *(f"spell: {kind}" for kind in CA_SPELLS),
    "ca: hands out an open order again",
    "ca: reuses a pending authorization",
    "ca: reuses a valid authorization",
    "ca: exempts a renewal in its window",
    "ca: fails over what is replaced",
)
OF_ORDERS = tuple(
    f"order shown: {status}" for status in ("pending", "ready", "processing", "valid", "invalid")
) + tuple(f"authorization shown: {status}" for status in ("pending", "valid", "invalid", "expired", "revoked"))
OF_PROFILES = tuple(
    f"issued: {kind}"
    for kind in ("classic, 90 days", "classic, 64 days", "classic, 45 days", "tlsserver, 45 days", "shortlived, 6 days")
)
OF_THE_WORLD = (
    *(f"spell: {kind}" for kind in sorted(set(WORLD_SPELLS))),
    "records: added late",
    "records: gone when the CA looks",
    "user: asks for a name that is another's",
    "user: deletes a certificate",
    "user: asks for a dry run",
)
OF_STEPS = tuple(f"step: {step.__name__}" for step in get_args(Step.__value__))

EXPECTED = (*AT_CALLS, *OF_WORKERS, *OF_THE_CA, *OF_ORDERS, *OF_PROFILES, *OF_THE_WORLD, *OF_STEPS)


def missing(tally: Tally) -> tuple[str, ...]:
    """List what never happened."""
    return tuple(name for name in EXPECTED if not tally[name])


def add_up(tallies: Iterable[Tally]) -> tuple[Tally, Tally]:
    """Count how often each thing happened, and in how many seeds."""
    times: Tally = Counter()
    seeds: Tally = Counter()
    for tally in tallies:
        times.update(tally)
        seeds.update(tally.keys())
    return times, seeds


def table(times: Tally, seeds: Tally) -> str:
    """Show what happened how often and in how many seeds; what must happen comes first."""
    names = dict.fromkeys((*EXPECTED, *sorted(times)))
    rows = (f"| {name} | {times[name]:,} | {seeds[name]:,} |" for name in names)
    return "\n".join(("| what | times | in seeds |", "|---|---|---|", *rows))
