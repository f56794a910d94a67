"""Measure how the node serves CAs while strangers abuse it: `python -m bench.abuse`.

One node with one worker, pinned to the first core; attacks and probes share the others. As root, all of them run before
other programs of the machine, and the probes before the attacks. Every figure is the median of several rounds.
"""

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.abuse.attacks import ATTACKS, Attack
from bench.abuse.probes import Latency, probe_http, probe_tcp, probe_udp
from bench.abuse.scheduling import pin, precede_everything, precede_other_programs
from bench.abuse.zone import RECORDS
from tests.support.node_process import NodeProcess, write_records

PROBES = (probe_udp, probe_tcp, probe_http)
_MOST_ATTACKERS = 2
_SETTLE_SECONDS = 0.5
_START_SECONDS = 4.0


class Round(NamedTuple):
    """What one attack did to one node."""

    done: list[float]
    latencies: list[Latency]
    cpu: float
    rss_before: float
    rss_peak: float
    fds_more: int


def main() -> int:
    """Run every attack in every round, each against a fresh node, and print a table."""
    options = _read_options()
    cores = sorted(os.sched_getaffinity(0))
    names = [name for name in ATTACKS if all(word in name for word in options.only)]
    rounds: dict[str, list[Round]] = {name: [] for name in names}
    precede_other_programs()
    context = get_context("spawn")
    os.sched_setaffinity(0, set(cores[1:]) or set(cores))
    with (
        ProcessPoolExecutor(_MOST_ATTACKERS, context) as attackers,
        ProcessPoolExecutor(len(PROBES), context, precede_everything) as probers,
    ):
        _run([], _START_SECONDS, attackers, probers, cores[0])  # starts all processes
        for number in range(options.rounds):
            for name in names:
                print(f"round {number + 1}: {name}", file=sys.stderr)
                rounds[name].append(_run(ATTACKS[name], options.seconds, attackers, probers, cores[0]))
    _print(rounds, options.seconds)
    return 0


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("bench.abuse", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="rounds through all attacks (3)")
    parser.add_argument("--seconds", type=float, default=4, help="length of one attack (4)")
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="attacks with this in their name")
    return parser.parse_args()


def _run(
    attack: list[Attack], seconds: float, attackers: ProcessPoolExecutor, probers: ProcessPoolExecutor, core: int
) -> Round:
    with tempfile.TemporaryDirectory() as name:
        records = write_records(Path(name) / "records.json", RECORDS)
        with NodeProcess(Path(name) / "log", records=records) as node:
            (worker,) = node.workers()
            for pid in (node.process.pid, worker):
                pin(pid, core)
            rss, fds, cpu = _rss(worker), _count_fds(worker), _cpu_seconds(worker)
            until = time.monotonic() + seconds
            doing = [attackers.submit(part, node.dns, node.http, until) for part in attack]
            asking = [probers.submit(probe, node.http if probe is probe_http else node.dns, until) for probe in PROBES]
            latencies, done = [future.result() for future in asking], [future.result() / seconds for future in doing]
            cpu = (_cpu_seconds(worker) - cpu) / seconds
            time.sleep(_SETTLE_SECONDS)
            return Round(done, latencies, cpu, rss, _rss(worker, "VmHWM"), _count_fds(worker) - fds)


def _rss(pid: int, field: str = "VmRSS") -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def _count_fds(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _print(rounds: dict[str, list[Round]], seconds: float) -> None:
    count = len(next(iter(rounds.values())))
    print(f"Medians of {count} rounds of {seconds:g} s; milliseconds; Python {sys.version.split()[0]}\n")
    print("| attack | done a second | core | UDP p50 / p99 | TCP p50 / p99 | HTTP p50 / p99 | lost | MiB | fds left |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name, each in rounds.items():
        done = " + ".join(f"{median(column):,.0f}" for column in zip(*(one.done for one in each), strict=True))
        probes = list(zip(*(one.latencies for one in each), strict=True))
        times = " | ".join(f"{_middle(probe, 0):.2f} / {_middle(probe, 1):.1f}" for probe in probes)
        lost = sum(latency.lost for one in each for latency in one.latencies)
        asked = sum(latency.asked for one in each for latency in one.latencies)
        memory = f"{median(one.rss_before for one in each):.0f} → {max(one.rss_peak for one in each):.0f}"
        cpu = median(one.cpu for one in each)
        left = max(one.fds_more for one in each)
        print(f"| {name} | {done or '-'} | {cpu:.0%} | {times} | {lost} of {asked:,} | {memory} | {left} |")


def _middle(latencies: tuple[Latency, ...], column: int) -> float:
    return median(latency[column] for latency in latencies)


if __name__ == "__main__":
    sys.exit(main())
