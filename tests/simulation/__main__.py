"""Run many simulations, or look at one seed: `--seed 17 --trace` shows all of it, `--shrink` what a failure needs."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from certwright.domain.renewal import HOUR
from tests.simulation.cohorts import Crowd
from tests.simulation.figures import Plan
from tests.simulation.happenings import SURE_FROM, Tally, add_up, missing, table
from tests.simulation.population import run_population
from tests.simulation.run import Result, run
from tests.simulation.scenario import draw
from tests.simulation.shrink import shrink

CHUNK = 10


def main() -> int:
    """Do what the command line says; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="run this one seed")
    parser.add_argument("--trace", action="store_true", help="print everything that happens in it")
    parser.add_argument("--shrink", action="store_true", help="make a failing seed small, and print what is left")
    parser.add_argument("--seeds", type=int, default=100, help="run so many seeds, over all cores")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first of them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    parser.add_argument("--no-limits", action="store_false", dest="limits", help="let the CA refuse orders")
    parser.add_argument("--population", type=int, help="run so many certificates at once instead")
    parser.add_argument("--cohorts", type=int, help="run so many certificates in cohorts instead")
    parser.add_argument("--weight", type=int, default=100, help="so many certificates are one cohort")
    parser.add_argument("--days", type=int, default=400, help="for so many days")
    parser.add_argument("--ask-hours", type=int, default=6, help="how often the CA wants to be asked when to renew")
    options = parser.parse_args()
    if options.cohorts:
        return _run_cohorts(Plan(options.cohorts, options.days, options.ask_hours * HOUR), options.weight)
    if options.population:
        return _run_population(Plan(options.population, options.days, options.ask_hours * HOUR))
    if options.seed is not None:
        return _run_one(options.seed, options.limits, is_traced=options.trace, is_shrunk=options.shrink)
    return _run_many(range(options.first, options.first + options.seeds), options.limits, options.jobs)


def _run_cohorts(wanted: Plan, weight: int) -> int:
    started, crowd = time.process_time(), Crowd(wanted, weight)
    figures = crowd.run()
    print(figures.table())
    print(figures.describe())
    print(f"the latest look came {crowd.latest / HOUR:.1f} hours after it was due")
    print(f"{time.process_time() - started:,.0f} s of CPU")
    return 1 if figures.lapses else 0


def _run_population(wanted: Plan) -> int:
    started = time.process_time()
    figures = run_population(wanted, tell=lambda story: print(story, file=sys.stderr, flush=True))
    print(figures.table())
    print(figures.describe())
    print(f"{time.process_time() - started:,.0f} s of CPU")
    return 1 if figures.lapses else 0


def _run_one(seed: int, minds_limits: bool, *, is_traced: bool, is_shrunk: bool) -> int:
    result = run(draw(seed), is_traced=is_traced, minds_limits=minds_limits)
    if is_shrunk and result.violation:
        small = shrink(result, try_out=partial(run, minds_limits=minds_limits))
        result = run(small.scenario, is_traced=True, minds_limits=minds_limits)
    for line in result.trace:
        print(line)
    print(_describe(result))
    return 1 if result.violation else 0


def _run_many(seeds: range, minds_limits: bool, jobs: int) -> int:
    started, done, messages, broken = time.monotonic(), 0, 0, 0
    tallies: list[Tally] = []
    for results in _in_parallel(seeds, minds_limits, jobs):
        for result in results:
            tallies.append(result.tally)
            done, messages, broken = done + 1, messages + result.messages, broken + bool(result.violation)
            if result.violation:
                print(_describe(result), flush=True)
        if done % 500 == 0:
            print(f"{done:,} of {len(seeds):,} seeds", flush=True)
    seconds = time.monotonic() - started
    print(f"{done:,} seeds, {messages:,} messages, {broken} broken, {done / seconds:.1f} seeds a second")
    print(table(*add_up(tallies)))
    never = missing(add_up(tallies)[0])
    if never:
        print(f"never happened: {', '.join(never)}")
    return 1 if broken or (never and done >= SURE_FROM) else 0


def _in_parallel(seeds: range, minds_limits: bool, jobs: int) -> Iterator[list[Result]]:
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(partial(_run_chunk, minds_limits=minds_limits), chunks)


def _run_chunk(seeds: range, minds_limits: bool) -> list[Result]:
    return [run(draw(seed), minds_limits=minds_limits) for seed in seeds]


def _describe(result: Result) -> str:
    scenario, verdict = result.scenario, str(result.violation or "every promise kept")
    parts = f"{len(scenario.wishes)} certificates, {len(scenario.spells)} spells, {len(result.faults)} faults"
    refused = f"{len(result.refused_by_limits)} refused by limits"
    counts = f"{result.messages} messages, {result.orders} orders, {result.issued} issued, {refused}"
    return f"seed {scenario.seed}: {scenario.days} days, {parts}; {counts}: {verdict}"


if __name__ == "__main__":
    sys.exit(main())
