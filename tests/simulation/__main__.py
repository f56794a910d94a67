"""Run many simulations, or look at one seed: `--seed 17 --trace` shows all of it, `--shrink` what a failure needs."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from certwright.domain.renewal import HOUR
from tests.simulation.population import Plan, run_population
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
    parser.add_argument("--population", type=int, help="run so many certificates at once instead")
    parser.add_argument("--days", type=int, default=400, help="for so many days")
    parser.add_argument("--ask-hours", type=int, default=6, help="how often the CA wants to be asked when to renew")
    options = parser.parse_args()
    if options.population:
        print(run_population(Plan(options.population, options.days, options.ask_hours * HOUR)).describe())
        return 0
    if options.seed is not None:
        return _run_one(options.seed, is_traced=options.trace, is_shrunk=options.shrink)
    return _run_many(range(options.first, options.first + options.seeds))


def _run_one(seed: int, *, is_traced: bool, is_shrunk: bool) -> int:
    result = run(draw(seed), is_traced=is_traced)
    if is_shrunk and result.violation:
        result = run(shrink(result).scenario, is_traced=True)
    for line in result.trace:
        print(line)
    print(_describe(result))
    return 1 if result.violation else 0


def _run_many(seeds: range) -> int:
    started, done, messages, broken = time.monotonic(), 0, 0, 0
    for results in _in_parallel(seeds):
        for result in results:
            done, messages, broken = done + 1, messages + result.messages, broken + bool(result.violation)
            if result.violation:
                print(_describe(result), flush=True)
        if done % 500 == 0:
            print(f"{done:,} of {len(seeds):,} seeds", flush=True)
    seconds = time.monotonic() - started
    print(f"{done:,} seeds, {messages:,} messages, {broken} broken, {done / seconds:.1f} seeds a second")
    return 1 if broken else 0


def _in_parallel(seeds: range) -> Iterator[list[Result]]:
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(_run_chunk, chunks)


def _run_chunk(seeds: range) -> list[Result]:
    return [run(draw(seed)) for seed in seeds]


def _describe(result: Result) -> str:
    scenario, verdict = result.scenario, str(result.violation or "every promise kept")
    parts = f"{len(scenario.wishes)} certificates, {len(scenario.spells)} spells, {len(result.faults)} faults"
    counts = f"{result.messages} messages, {result.orders} orders, {result.issued} issued"
    return f"seed {scenario.seed}: {scenario.days} days, {parts}; {counts}: {verdict}"


if __name__ == "__main__":
    sys.exit(main())
