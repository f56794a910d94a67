"""Measure how the node takes up changes: `python -m bench.changes`.

polls    what a poll costs the parent, with all shards moved
load     changes through the source port at 5 ms a call, queries beside them, every answer judged by the history
tables   the same through DynamoDB calls to moto, as fast as moto takes them

The machine's other work shows in the delays: run it alone.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.changes.load import AWS, LoadResult, run_fed, run_on_tables
from bench.changes.polls import measure_polls
from local.processes import Processes

PARTS = ("polls", "load", "tables")


def main() -> int:
    """Measure the parts asked for, and print each as a table."""
    parser = argparse.ArgumentParser("bench.changes", description=__doc__, allow_abbrev=False)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each load (20)")
    parser.add_argument("--queries", type=int, default=1000, help="a second, beside the changes (1000)")
    options = parser.parse_args()
    os.environ |= AWS
    if "polls" in options.parts:
        _print_polls()
    if {"load", "tables"} & set(options.parts):
        _print_loads(options.parts, options.seconds, options.queries)
    return 0


def _print_polls() -> None:
    print("| live answers | changes a poll | read and decode, ms | find changes, ms | of a core at 2 polls a second |")
    print("|--:|--:|--:|--:|--:|")
    for answers, changes in ((1000, 100), (10_000, 100), (10_000, 500), (10_000, 10_000)):
        cost = measure_polls(answers, changes, 12)
        read, diff = cost.read_seconds * 1000, cost.diff_seconds * 1000
        print(f"| {answers:,} | {changes:,} | {read:.0f} | {diff:.1f} | {(read + diff) / 5:.0f} % |", flush=True)


def _print_loads(parts: Sequence[str], seconds: float, queries: int) -> None:
    print(
        "\n| source | changes/s | acknowledged p50 / p99 / max, s | answers checked | wrong | withheld | unanswered",
        end=" ",
    )
    print("| query p50 / p99, ms | parent | worker |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    if "load" in parts:
        for names, per_second in ((10_000, 0), (10_000, 200), (10_000, 1000)):
            with tempfile.TemporaryDirectory() as folder:
                result = asyncio.run(run_fed(Path(folder), names, per_second, queries, seconds))
            _print_load(f"5 ms a call, {names:,} names", result)
    if "tables" in parts:
        with tempfile.TemporaryDirectory() as folder, Processes(Path(folder)) as processes:
            paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
            server = processes.start("aws", [sys.executable, "-m", "local.aws"], {**os.environ, **paths})
            endpoint = server.wait_for_ready_line()["url"]
            result = asyncio.run(run_on_tables(Path(folder), endpoint, 1000, queries, seconds))
            _print_load("moto, 1,000 names", result)


def _print_load(name: str, result: LoadResult) -> None:
    acknowledged = " / ".join(f"{_quantile(result.acknowledged, part):.2f}" for part in (0.5, 0.99, 1.0))
    asked = " / ".join(f"{_quantile(result.asked, part) * 1000:.1f}" for part in (0.5, 0.99))
    counts = f"{result.checked:,} | {result.wrong} | {result.withheld} | {result.unanswered}"
    shares = f"{result.parent_share:.0%} | {result.worker_share:.0%}"
    print(f"| {name} | {result.changes_per_second:.0f} | {acknowledged} | {counts} | {asked} | {shares} |", flush=True)


def _quantile(ordered: Sequence[float], part: float) -> float:
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else 0.0


if __name__ == "__main__":
    sys.exit(main())
