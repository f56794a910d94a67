"""A node whose answers change a thousand times a second while it is asked: nothing wrong, nothing lost.

An answer must be served from its acknowledgement until its withdrawal is sent, and must not be once that is
acknowledged; between, both are right. The source is the test's own, 5 ms a call, behind the real process tree.
"""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.changing_load import Feeder, asking, make_names
from tests.support.node_process import ROOT
from tests.support.node_program import ProgramNode
from tests.support.process_table import is_running

SECONDS = 3.0
PER_SECOND = 1000
QUERIES_PER_SECOND = 400
PATIENCE_SECONDS = 240.0


@asynccontextmanager
async def fed_node(folder: Path, *options: str, processes: int = 2) -> AsyncIterator[tuple[ProgramNode, Feeder]]:
    """Run a ready node with 2,000 names that a feeder changes."""
    async with Feeder(folder / "feed", make_names(2000)) as feeder:
        environment = {
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "dnsnode", ROOT / "layers" / "certwright"))),
            "ANSWERS_TABLE": "none",
            "NODES_TABLE": "none",
            "PROGRAM_HISTORY": str(folder / "feed"),
            "PROGRAM_TERMS": json.dumps({"lease_seconds": 600, "blind_seconds": 300}),  # no matter how slow the machine
        }
        options = ("--rate-limit", "0", *options)
        node = ProgramNode(folder / "log", *options, environment=environment, processes=processes, wait=False)
        with node:
            await asyncio.to_thread(node.wait_ready)
            yield node, feeder
            await asyncio.to_thread(node.end)


def run(scenario: Callable[[], Coroutine[object, object, None]]) -> None:
    """Run one scenario, bounded in time."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await scenario()

    asyncio.run(bounded())


def test_no_answer_is_wrong_and_none_is_lost_while_a_thousand_change_a_second(tmp_path: Path) -> None:
    """Over UDP and TCP, from two workers; every change is acknowledged."""

    async def scenario() -> None:
        async with fed_node(tmp_path) as (node, feeder), asking(node.dns, feeder, QUERIES_PER_SECOND) as asked:
            await feeder.change_for(SECONDS, PER_SECOND)
            await feeder.all_acknowledged()
        assert feeder.history.wrong == []
        assert feeder.history.checked > 100
        assert (asked.unanswered, asked.withheld) == (0, 0)
        assert feeder.sent > 2 * len(feeder.names) - 10

    run(scenario)


def test_a_worker_that_dies_under_load_makes_no_answer_wrong(tmp_path: Path) -> None:
    """Its open questions go unanswered; its successor serves all that changed meanwhile, and all is acknowledged."""

    async def scenario() -> None:
        async with fed_node(tmp_path) as (node, feeder), asking(node.dns, feeder, QUERIES_PER_SECOND) as asked:
            for _ in range(2):
                changes = asyncio.create_task(feeder.change_for(1.0, PER_SECOND))
                victim = node.workers()[0]
                os.kill(victim, signal.SIGKILL)
                await changes
                while len(node.workers()) < 2 or victim in node.workers():
                    feeder.change(feeder.names[:10])
                    await asyncio.sleep(0.05)
            await feeder.change_for(0.5, PER_SECOND)
            await feeder.all_acknowledged()
            assert (feeder.history.wrong, asked.withheld) == ([], 0)
            assert feeder.history.checked > 100

    run(scenario)


def test_a_node_told_to_stop_under_load_serves_what_changes_through_its_drain(tmp_path: Path) -> None:
    """Changes are acknowledged and answers right until the end; the row goes last, and nothing is left running."""

    async def scenario() -> None:
        async with fed_node(tmp_path, "--drain-seconds", "60") as (node, feeder):
            workers = node.workers()
            async with asking(node.dns, feeder, QUERIES_PER_SECOND) as asked:
                node.process.send_signal(signal.SIGTERM)
                await feeder.change_for(1.0, PER_SECOND)
                await feeder.all_acknowledged()
                counted = (feeder.history.wrong, asked.unanswered, asked.withheld, feeder.has_left)
                assert counted == ([], 0, 0, False)
            node.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(node.process.wait, PATIENCE_SECONDS) == 0
            while not feeder.has_left:
                await asyncio.sleep(0.01)
            assert [worker for worker in workers if is_running(worker)] == []

    run(scenario)


def test_a_node_killed_under_load_leaves_nothing_running_and_nothing_acknowledged(tmp_path: Path) -> None:
    """Without its parent a worker ends by itself; until then its answers are right."""

    async def scenario() -> None:
        async with fed_node(tmp_path) as (node, feeder):
            workers = node.workers()
            changes = asyncio.create_task(feeder.change_for(0.5, PER_SECOND))
            await asyncio.sleep(0.2)
            os.kill(node.process.pid, signal.SIGKILL)
            await changes
            while any(is_running(worker) for worker in workers):
                await asyncio.sleep(0.01)
            assert not feeder.has_left
            assert feeder.unacknowledged > 0

    run(scenario)
