"""Many certificates at once: each client is given the same number of fresh domains, whose records are there."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from uuid import uuid4

from bench.issuance.contestants import Contestant
from bench.issuance.processor_time import read_processor_time
from certwright.adapters.dynamodb_delegations import DynamoDelegations
from certwright.adapters.dynamodb_table import Table
from certwright.domain.owner import DEFAULT_OWNER, Delegation
from tests.support.world import Internet
from tests.support.world_user import User

PATIENCE_SECONDS, PATIENCE_SECONDS_EACH = 60.0, 5.0
PAUSE_SECONDS = 0.1
REQUESTS_AT_ONCE = 2
"""As many as the API's function has places on one machine."""

type Fleet = Callable[[Sequence[str]], float]
"""Issues for each domain and its wildcard; returns seconds."""


@dataclass(frozen=True, slots=True)
class Ours:
    """The whole system; requests come over the API while the first of them are worked on."""

    user: User
    internet: Internet

    def __call__(self, domains: Sequence[str]) -> float:
        """Have all records added, and measure from the first request until the last certificate is closed."""
        self._delegate(domains)
        log = self._follow_log()
        began = time.monotonic()
        with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
            requests = pool.map(lambda domain: self.user.api.ask_for((domain, f"*.{domain}"))["id"], domains)
            wanted = set(requests)
        while wanted:
            wanted -= next(log)
            if time.monotonic() > began + PATIENCE_SECONDS + PATIENCE_SECONDS_EACH * len(domains):
                raise TimeoutError(f"{len(wanted)} were not issued:\n{self.user.system.recent_log('functions')}")
            time.sleep(PAUSE_SECONDS)
        return time.monotonic() - began

    def _delegate(self, domains: Sequence[str]) -> None:
        """Give each domain its target ahead of the request, as if it had been asked for before."""
        (zone,) = self.user.api.zones()
        stack = self.user.system.stack
        delegations = DynamoDelegations(Table(stack.client("dynamodb"), stack.name("RegistryTable")))
        put = [delegations.obtain(Delegation(DEFAULT_OWNER, domain, str(uuid4()))) for domain in domains]
        targets = [("CNAME", f"_acme-challenge.{each.domain}", each.fulldomain(zone["origin"])) for each in put]
        self.internet.add_all(targets)

    def _follow_log(self) -> Iterator[set[str]]:
        """Give, at each look from now on, what was logged as issued since the last: that costs no table a read."""
        path = self.user.system.run_folder / "functions.log"
        return _read_issued(path, path.stat().st_size)


def _read_issued(path: Path, position: int) -> Iterator[set[str]]:
    with path.open() as log:
        log.seek(position)
        rest = ""
        while True:
            *lines, rest = (rest + log.read()).split("\n")
            yield {json.loads(line)["certificate"] for line in lines if '"outcome":"issued"' in line}


def run_at_once(make: Callable[[Path], Contestant], folder: Path, workers: int) -> Fleet:
    """Run a client's command so many at a time, each with files and an account of its own, made before the start."""
    clients: SimpleQueue[Contestant] = SimpleQueue()
    for number in range(workers):
        clients.put(make(folder / str(number)))

    def issue_one(domain: str) -> None:
        client = clients.get()
        try:
            client(domain)
        finally:
            clients.put(client)

    def issue(domains: Sequence[str]) -> float:
        began = time.monotonic()
        with ThreadPoolExecutor(workers) as pool:
            for _ in pool.map(issue_one, domains):
                pass
        return time.monotonic() - began

    return issue


@dataclass(frozen=True, slots=True)
class Run:
    """How long one fleet took, and the processor time of each part meanwhile, in seconds."""

    seconds: float
    spent: Mapping[str, float]


def measure(name: str, issue: Fleet, size: int, workers: int) -> Run:
    """Issue once, then for as many domains as there are workers, which is not counted, then for the fleet."""
    issue([f"{name}-first.example.test"])
    issue([f"{name}-w{number}.example.test" for number in range(workers)])
    before = read_processor_time()
    seconds = issue([f"{name}-{number}.example.test" for number in range(size)])
    print(f"{name}: {size} certificates in {seconds:.1f} s", file=sys.stderr, flush=True)
    after = read_processor_time()
    return Run(seconds, {part: after[part] - before.get(part, 0.0) for part in after})


def print_fleet(runs: dict[str, Run], size: int) -> None:
    """Print wall time, and where the processors' time went."""
    parts = sorted({part for run in runs.values() for part in run.spent})
    print(f"{'client':<14}{'s':>8}{'a minute':>10}" + "".join(f"{part:>16}" for part in parts))
    for name, run in runs.items():
        spent = "".join(f"{run.spent.get(part, 0.0):>16.1f}" for part in parts)
        print(f"{name:<14}{run.seconds:>8.1f}{60 * size / run.seconds:>10.0f}{spent}")
    print(f"processor seconds of each part, on {os.cpu_count()} cores")
