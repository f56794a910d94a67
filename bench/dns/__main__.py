"""Measure the DNS node beside other authoritative servers: `python -m bench.dns`.

The server is pinned to one core and the load to another. All get the same zone and the same queries (60 % existing TXT,
20 % names never asked before, 10 % other types, 10 % mixed case; all with EDNS). Every figure is the median of rounds
in which all take turns. Where others use the machine, the processor time of a query says more than queries a second.

Servers that are not installed are skipped by name. On Debian: apt-get install nsd knot bind9 pdns-server
pdns-backend-bind (a policy-rc.d that returns 101 keeps them from being started); CoreDNS: go install
github.com/coredns/coredns@v1.12.4, found on PATH, in ~/go/bin or .tools/bin.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.dns.contest import Pace
from bench.dns.cost import count_calls
from bench.dns.machine import stay_on_core, take_precedence
from bench.dns.parts import run_changes, run_latency, run_many, run_servers, run_variants
from bench.dns.report import write_calls, write_latencies, write_servers, write_variants

PARTS = ("servers", "latency", "variants", "many", "changes", "cost")


def main() -> int:
    """Measure the parts asked for, and print each as a table as soon as it is done."""
    options = _read_options()
    pace = _read_pace(options)
    stay_on_core(pace.load_core)
    take_precedence(os.getpid(), pace.priority)
    pythons: Mapping[str, str] = dict(options.python or [_python(sys.executable)])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # some servers give up root before they read
        for part, measure in _choose(options, pythons, folder, pace).items():
            if part in options.parts:
                print(f"\n## {part}\n\n{measure()}", flush=True)
    return 0


def _read_pace(options: argparse.Namespace) -> Pace:
    return Pace(
        rounds=options.rounds,
        seconds=options.seconds,
        queries=options.queries,
        server_core=options.server_core,
        load_core=options.load_core,
        priority=options.priority,
        is_real_time=options.real_time,
    )


def _choose(
    options: argparse.Namespace, pythons: Mapping[str, str], folder: Path, pace: Pace
) -> dict[str, Callable[[], str]]:
    python, names = next(iter(pythons.values())), options.names
    return {
        "servers": lambda: write_servers(run_servers(folder, pythons, names, pace)),
        "latency": lambda: write_latencies(run_latency(folder, pythons, names, pace)),
        "variants": lambda: write_variants(run_variants(folder, python, names, pace)),
        "many": lambda: write_variants(run_many(folder, python, names, options.many, pace)),
        "changes": lambda: write_latencies(run_changes(folder, python, names, pace)),
        "cost": lambda: write_calls(count_calls(pace, options.cost_seconds)),
    }


def _read_options() -> argparse.Namespace:
    cores = sorted(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(
        "python -m bench.dns", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )

    def add(option: str, kind: Callable[[str], object], default: object, text: str) -> None:
        parser.add_argument(option, type=kind, default=default, metavar=option[2].upper(), help=f"{text} ({default})")

    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure (all of it)")
    parser.add_argument(
        "--python",
        action="append",
        type=_python,
        metavar="[WORDS=]PATH",
        help="a Python 3.13 to run the node on, and how the table names it; may be given again (this one)",
    )
    add("--rounds", int, 5, "rounds of each measurement")
    add("--seconds", float, 3.0, "of each round and server")
    add("--cost-seconds", float, 30.0, "to count calls, idle and under load")
    add("--queries", int, 1 << 19, "different queries, asked again when all have been asked")
    add("--names", int, 10_000, "names in the zone")
    add("--many", int, 1_000_000, "names in the part that has many")
    add("--server-core", int, cores[0], "core of the server")
    add("--load-core", int, cores[-1], "core of the load")
    add("--priority", int, 0, "nice value of servers and load; below 0 needs root, and takes time from others")
    parser.add_argument("--real-time", action="store_true", help="measure latency under SCHED_RR; needs root")
    return parser.parse_args()


def _python(text: str) -> tuple[str, str]:
    words, _, path = text.rpartition("=")
    return words or "this Python", path


if __name__ == "__main__":
    sys.exit(main())
