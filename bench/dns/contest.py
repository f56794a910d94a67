"""Servers measured in turn, round after round, so that the moods of a shared machine meet all of them."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Final

from bench.dns.load import Server, ask_steadily, flood
from bench.dns.machine import read_cpu_seconds, read_memory_mib, real_time
from bench.dns.running import Running, pick_server, running

STEADY_PER_SECOND: Final = 2000
_WARM_UP_SECONDS: Final = 0.3
_EXPECTED_CODES: Final = frozenset((0, 3))
"""NOERROR and NXDOMAIN."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A server with the queries that it gets; `command` gets its address and a folder of its own."""

    name: str
    command: Callable[[Server, Path], Sequence[str]]
    queries: Sequence[bytes]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    uses_all_cores: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to measure, with how many different queries, where, and with what priority before others (nice(2))."""

    rounds: int
    seconds: float
    queries: int
    server_core: int
    load_core: int
    priority: int
    is_real_time: bool


@dataclass(slots=True)
class Results:
    """The rounds of one contender, and what it took to start."""

    start_seconds: float = 0.0
    memory_mib: float = 0.0
    truncated: int = 0
    per_second: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    def median(self, name: str) -> float:
        """Take the median of the rounds."""
        rounds: list[float] = getattr(self, name)
        return median(rounds) if rounds else float("nan")


def compete(contenders: Sequence[Contender], pace: Pace, folder: Path, *kinds: str) -> dict[str, Results]:
    """Start all, then measure each in turn: `kinds` are flood (as many queries as it takes) and steady (latency)."""
    results = {contender.name: Results() for contender in contenders}
    with ExitStack() as stack:
        servers: dict[str, Running] = {}
        for contender in contenders:
            started = monotonic()
            servers[contender.name] = stack.enter_context(_start(contender, pace, folder))
            results[contender.name].start_seconds = monotonic() - started
        for number in range(pace.rounds):
            for contender in contenders:
                print(f"round {number + 1} of {pace.rounds}: {contender.name}", file=sys.stderr)
                at, own = servers[contender.name], results[contender.name]
                if "flood" in kinds:
                    _flood(contender, at, own, pace.seconds)
                if "steady" in kinds:
                    _ask_steadily(contender, at, own, pace)
        for name, server in servers.items():
            results[name].memory_mib = read_memory_mib(server.session)
    return results


def _start(contender: Contender, pace: Pace, folder: Path) -> AbstractContextManager[Running]:
    server = pick_server()
    own = folder / contender.name.replace(" ", "-")
    own.mkdir(exist_ok=True)
    cores = sorted({pace.server_core, pace.load_core}) if contender.uses_all_cores else [pace.server_core]
    return running(contender.command(server, own), server, cores, pace.priority, contender.environment)


def _flood(contender: Contender, at: Running, results: Results, seconds: float) -> None:
    flood(at.server, contender.queries, _WARM_UP_SECONDS)
    before = read_cpu_seconds(at.session)
    done = flood(at.server, contender.queries, seconds)
    results.cpu_us.append((read_cpu_seconds(at.session) - before) / max(done.responses, 1) * 1e6)
    results.per_second.append(done.responses / done.seconds)
    results.truncated += done.truncated
    wrong = {code & 0x0F for code in done.codes} - _EXPECTED_CODES
    if wrong or not done.responses:
        raise SystemExit(f"{contender.name}: answered {dict(done.codes)} by response code; only 0 and 3 are right")


def _ask_steadily(contender: Contender, at: Running, results: Results, pace: Pace) -> None:
    with real_time(at.session, wanted=pace.is_real_time):
        steady = ask_steadily(at.server, contender.queries, pace.seconds, STEADY_PER_SECOND)
    results.p50.append(steady.p50)
    results.p99.append(steady.p99)
