"""Changes and queries at once against the node's process tree: acknowledgements, answers, processor time."""

import asyncio
import json
import os
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from certwright.domain.answer import Counter, TxtAnswer
from tests.support.changing_load import Asked, Feeder, asking, make_names
from tests.support.fed_source import NEVER, ZONE
from tests.support.history import History, Life
from tests.support.node_process import ROOT, NodeProcess
from tests.support.node_program import ProgramNode
from tests.support.table_writer import TableWriter

AWS: Final = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_SETTLE_SECONDS: Final = 3.0
_WRITERS: Final = 4


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What one run showed; delays and processor time in seconds, the latter a second of the run."""

    changes_per_second: float
    acknowledged: Sequence[float]
    asked: Sequence[float]
    checked: int
    wrong: int
    withheld: int
    unanswered: int
    parent_share: float
    worker_share: float


async def run_fed(
    folder: Path, names: int, changes_per_second: int, queries_per_second: int, seconds: float
) -> LoadResult:
    """Feed a node through its source port, at 5 ms a call."""
    async with Feeder(folder / "feed", make_names(names)) as feeder:
        more = {"ANSWERS_TABLE": "none", "NODES_TABLE": "none", "PROGRAM_HISTORY": str(folder / "feed")}
        node = ProgramNode(folder / "log", "--rate-limit", "0", environment=_environment(more), wait=False)
        with node:
            await asyncio.to_thread(node.wait_ready)
            await feeder.all_acknowledged()
            await asyncio.sleep(_SETTLE_SECONDS)
            feeder.delays.clear()
            sent, spent, started = feeder.sent, _processor_seconds(node), time.monotonic()
            async with asking(node.dns, feeder, queries_per_second) as asked:
                await feeder.change_for(seconds, changes_per_second)
                passed = time.monotonic() - started
                used = [after - before for after, before in zip(_processor_seconds(node), spent, strict=True)]
                rate = (feeder.sent - sent) / passed
                await feeder.all_acknowledged()
            return _result(rate, feeder.delays, asked, feeder.history, [share / passed for share in used])


async def run_on_tables(folder: Path, endpoint: str, names: int, queries_per_second: int, seconds: float) -> LoadResult:
    """Publish and withdraw through DynamoDB calls, as fast as the endpoint takes them."""
    table = TableWriter(endpoint)
    table.make_tables()
    table.publish_zone(ZONE)
    more = {"ANSWERS_TABLE": table.answers_table, "NODES_TABLE": table.nodes_table, "AWS_ENDPOINT_URL": endpoint}
    node = NodeProcess(folder / "log", "--rate-limit", "0", environment=_environment(more))
    with node:
        issuer = _Issuer(table, make_names(names))
        spent, started = _processor_seconds(node), time.monotonic()
        async with asking(node.dns, issuer, queries_per_second) as asked:
            rate = await asyncio.to_thread(issuer.run, _WRITERS, seconds)
            passed = time.monotonic() - started
            used = [after - before for after, before in zip(_processor_seconds(node), spent, strict=True)]
        return _result(rate, issuer.delays, asked, issuer.history, [share / passed for share in used])


class _Issuer:
    """Changes names through the tables from several threads, and reads the rows until all is acknowledged."""

    def __init__(self, table: TableWriter, names: Sequence[str]) -> None:
        self.names = names
        self.random = Random(2)
        self.history = History(self.random)
        self.delays: list[float] = []
        self._table = table
        self._awaited: deque[tuple[Mapping[Counter, int], str, Life, float]] = deque()
        self._done = 0

    def run(self, writers: int, seconds: float) -> float:
        """Change for some seconds, each writer its own names; returns how many a second."""
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=self._write, args=(self.names[at::writers], until)) for at in range(writers)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) or self._awaited:
            self._read_row()
        return self._done / seconds

    def _write(self, names: Sequence[str], until: float) -> None:
        table = TableWriter(self._table.endpoint, self._table.answers_table, self._table.nodes_table)
        while (now := time.monotonic()) < until:
            name = self.random.choice(names)
            kind, life = self.history.change(name, now)
            answer = TxtAnswer(name, life.value, "att_1", NEVER)
            wanted = table.publish(answer) if kind == "put" else table.withdraw(answer)
            self._awaited.append((wanted, kind, life, time.monotonic()))
            self._done += 1

    def _read_row(self) -> None:
        acks = self._table.rows()[0].acks
        now = time.monotonic()
        for _ in range(len(self._awaited)):
            wanted, kind, life, at = self._awaited.popleft()
            if not acks.covers(wanted):
                self._awaited.append((wanted, kind, life, at))
                continue
            self.delays.append(now - at)
            if kind == "put":
                life.visible_at = now
            else:
                life.gone_at = now
        time.sleep(0.02)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    paths = (ROOT, ROOT / "dnsnode", ROOT / "layers" / "certwright")
    terms = json.dumps({"lease_seconds": 600, "blind_seconds": 300})
    return {"PYTHONPATH": os.pathsep.join(map(str, paths)), "PROGRAM_TERMS": terms, **AWS, **more}


def _processor_seconds(node: NodeProcess) -> tuple[float, float]:
    """Read what the parent, and what its workers, have used so far."""
    return _used(node.process.pid), sum(map(_used, node.workers()))


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _result(
    rate: float, delays: Sequence[float], asked: Asked, history: History, shares: Sequence[float]
) -> LoadResult:
    counts = (history.checked, len(history.wrong), asked.withheld, asked.unanswered)
    return LoadResult(rate, sorted(delays), sorted(asked.delays), *counts, *shares)
