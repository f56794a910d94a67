"""The parts of the benchmark: which servers compete, and on which questions."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.dns.contest import Contender, Pace, Results, compete
from bench.dns.load import Server
from bench.dns.mix import make_labels, make_queries, write_records, write_zone_file
from bench.dns.peers import PEERS, Peer, node_command, node_environment

CHANGES_PER_SECOND: Final = 1000
LIMIT: Final = 1000
LATENCY_ROUNDS: Final = 4
"""So many times as many rounds for latency, each so many times as short."""
_NEVER: Final = 1_000_000


def run_servers(folder: Path, pythons: Mapping[str, str], names: int, pace: Pace) -> dict[str, Results]:
    """Let the node compete with every server that is installed, at as many queries as each takes."""
    return compete(_contenders(folder, pythons, names, pace), pace, folder, "flood")


def run_latency(folder: Path, pythons: Mapping[str, str], names: int, pace: Pace) -> dict[str, Results]:
    """Let them compete at a steady rate, in many short rounds: a pause of the machine then spoils few of them."""
    many = replace(pace, rounds=pace.rounds * LATENCY_ROUNDS, seconds=pace.seconds / LATENCY_ROUNDS)
    return compete(_contenders(folder, pythons, names, pace), many, folder, "steady")


def run_variants(folder: Path, python: str, names: int, pace: Pace) -> dict[str, Results]:
    """Let the node compete with itself: ever new cookies, the rate limit, a second process."""
    labels = make_labels(names)
    records, _ = _write_both(folder, labels)
    queries = make_queries(labels, pace.queries)
    with_cookies = make_queries(labels, pace.queries, with_cookies=True)
    return compete(
        [
            _node("node", python, queries, records),
            _node("ever new DNS cookies", python, with_cookies, records),
            _node("rate limit on, not reached", python, queries, records, "--rate-limit", str(_NEVER)),
            _node(f"rate limit {LIMIT}, all from one network", python, queries, records, "--rate-limit", str(LIMIT)),
            _node("two processes on both cores", python, queries, records, "--processes", "2", uses_all_cores=True),
        ],
        pace,
        folder,
        "flood",
    )


def run_many(folder: Path, python: str, names: int, many: int, pace: Pace) -> dict[str, Results]:
    """Compare few live answers with very many."""
    contenders = []
    for number in (names, many):
        labels = make_labels(number)
        records = folder / f"records-{number}.json"
        write_records(records, labels)
        contenders.append(_node(f"{number:,} live answers", python, make_queries(labels, pace.queries), records))
    return compete(contenders, pace, folder, "flood")


def run_changes(folder: Path, python: str, names: int, pace: Pace) -> dict[str, Results]:
    """Compare the latency with and without changes, from a source that takes 5 ms for each call."""
    queries = make_queries(make_labels(names), pace.queries)

    def changing(per_second: int) -> Contender:
        def command(server: Server, _: Path) -> Sequence[str]:
            return node_command(python, server, "--rate-limit", "0", module="bench.dns.changing_node")

        own = {"BENCH_NAMES": str(names), "BENCH_CHANGES": str(per_second), "ANSWERS_TABLE": "-", "NODES_TABLE": "-"}
        return Contender(f"{per_second} changes a second", command, queries, {**node_environment(), **own})

    return compete([changing(0), changing(CHANGES_PER_SECOND)], pace, folder, "steady")


def _contenders(folder: Path, pythons: Mapping[str, str], names: int, pace: Pace) -> list[Contender]:
    """The node on each Python, and every server that is installed, with the same zone and queries."""
    labels = make_labels(names)
    records, zone = _write_both(folder, labels)
    queries = make_queries(labels, pace.queries)
    contenders = [_node(f"node, {name}", path, queries, records) for name, path in pythons.items()]
    for peer in PEERS:
        program = peer.find()
        if program is None:
            print(f"{peer.name}: SKIPPED, no {peer.program} found", file=sys.stderr)
        else:
            contenders.append(_peer(peer, program, zone, queries))
    return contenders


def _write_both(folder: Path, labels: Sequence[str]) -> tuple[Path, Path]:
    records, zone = folder / "records.json", folder / "zone"
    write_records(records, labels)
    write_zone_file(zone, labels)
    return records, zone


def _node(
    name: str, python: str, queries: Sequence[bytes], records: Path, *options: str, uses_all_cores: bool = False
) -> Contender:
    limit = () if "--rate-limit" in options else ("--rate-limit", "0")

    def command(server: Server, _: Path) -> Sequence[str]:
        return node_command(python, server, "--records", str(records), *limit, *options)

    return Contender(name, command, queries, node_environment(), uses_all_cores)


def _peer(peer: Peer, program: str, zone: Path, queries: Sequence[bytes]) -> Contender:
    def command(server: Server, folder: Path) -> Sequence[str]:
        return peer.configure(program, folder, zone, server)

    environment = {**os.environ, **dict(peer.environment)}
    return Contender(f"{peer.name} {peer.read_version(program)}", command, queries, environment)
