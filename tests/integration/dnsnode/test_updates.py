"""A service of nodes behind a load balancer is updated, fails to be, and loses a node, while clients ask on and on.

The nodes are real processes; load balancer and ECS are stand-ins with the template's numbers, whose clock is moved by
health checks (`load_balancer.py` and `rolling_service.py` in tests/support say what is modelled).
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from pathlib import Path
from typing import Self

from certwright.domain.answer import Answer, Counter, TxtAnswer
from tests.support.blind_world import ANSWER, NAME, SERVED, ZONE
from tests.support.eventually import eventually
from tests.support.load_balancer import LoadBalancer
from tests.support.node_process import NodeProcess, write_records
from tests.support.provider_process import free_port
from tests.support.rolling_service import RollingService, Version, health
from tests.support.steady_clients import SteadyClients
from tests.support.table_writer import TableWriter
from tests.support.update_numbers import LEAST_FAILURES, Rollout, read_rollout, read_target_group

TARGETS, ROLLOUT = read_target_group(), read_rollout()
FOREVER = ("--drain-seconds", "3600")
PATIENCE_SECONDS = 200.0
LOOK_SECONDS = 0.1
MOST_ROUNDS = 150
RECORDS = {
    "zones": [{"origin": ZONE, "name_servers": list(SERVED.name_servers), "addresses": list(SERVED.addresses)}],
    "txt": {NAME: ["value-0"]},
}


@dataclass(frozen=True, slots=True)
class Drill:
    """The service, what stands before it, and who asks."""

    balancer: LoadBalancer
    service: RollingService
    clients: SteadyClients

    async def round(self) -> None:
        """Go through one round of health checks, in which every client asks."""
        await self.balancer.check()
        await self.service.step()
        await self.clients.go_on(2)  # one of them was asked in this round

    async def until(self, done: Callable[[], bool]) -> None:
        """Go on for as many rounds as it takes."""
        for _ in range(MOST_ROUNDS):
            if done():
                return
            await self.round()
        raise AssertionError(f"not done in {MOST_ROUNDS} rounds")

    async def update_to(self, version: Version) -> None:
        """Deploy, until the service is steady again, and a little further."""
        self.service.deploy(version)
        await self.round()
        await self.until(lambda: self.service.is_steady)
        await self.rounds(3)

    async def rounds(self, count: int) -> None:
        """Go through some rounds."""
        for _ in range(count):
            await self.round()


@asynccontextmanager
async def drilling(version: Version, rollout: Rollout = ROLLOUT, desired: int = 1) -> AsyncIterator[Drill]:
    """Run a steady service of a version, and clients that ask it."""
    async with AsyncExitStack() as stack:
        balancer = await stack.enter_async_context(LoadBalancer(TARGETS))
        service = await stack.enter_async_context(RollingService(balancer, rollout, desired, version))
        while not service.is_steady:
            await service.step()
            await balancer.check()
        clients = await stack.enter_async_context(SteadyClients(balancer, NAME))
        yield Drill(balancer, service, clients)


def run(scenario: Coroutine[object, object, None]) -> None:
    """Run one scenario, bounded in time."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await scenario

    asyncio.run(bounded())


async def is_ready(node: NodeProcess) -> None:
    """Wait until a node serves."""
    await asyncio.to_thread(node.wait_ready)


def serving(folder: Path) -> Version:
    """Make a version that serves a file."""
    records = write_records(folder / "records.json", RECORDS)
    return Version(lambda: NodeProcess(folder / "log", *FOREVER, records=records, wait=False), is_ready)


def serving_tables(writer: TableWriter, folder: Path) -> Version:
    """Make a version that serves the tables."""
    environment = {
        "ANSWERS_TABLE": writer.answers_table,
        "NODES_TABLE": writer.nodes_table,
        "AWS_ENDPOINT_URL": writer.endpoint,
        "NODE_POLL_SECONDS": "0.2",
        **{name: os.environ[name] for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")},
    }
    return Version(lambda: NodeProcess(folder / "log", *FOREVER, environment=environment, wait=False), is_ready)


def broken(folder: Path) -> Version:
    """Make a version whose first task never gets at its tables, and whose next ones end at once, with a bad setting."""
    environment = {"ANSWERS_TABLE": "none", "NODES_TABLE": "none", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    keys = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    port = free_port(["127.0.0.1"])
    loads = NodeProcess(
        folder / "loads", *FOREVER, "--health", f"127.0.0.1:{port}", environment=environment | keys, wait=False
    )
    loads.health = ("127.0.0.1", port)
    ends = [
        NodeProcess(folder / "ends", records=folder / "missing.json", wait=False) for _ in range(LEAST_FAILURES - 1)
    ]
    tasks = iter([loads, *ends])

    def is_started(node: NodeProcess) -> bool:
        return node.process.poll() == 1 or (node is loads and health(node) == 503)

    return Version(lambda: next(tasks), lambda node: asyncio.to_thread(eventually, partial(is_started, node), True))


class Publisher:
    """Replaces the served value again and again, each time waiting as the issuer does, while the block lasts."""

    def __init__(self, writer: TableWriter, clients: SteadyClients) -> None:
        self._writer = writer
        self._clients = clients
        self._is_over = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._publish_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_over = True
        await self._task

    async def go_on(self) -> None:
        """Wait until a value that was published from now on is visible, and every client has asked for it."""
        wanted = self._clients.least + 2
        while self._clients.least < wanted:
            assert not self._task.done(), "publishing has failed"
            await asyncio.sleep(LOOK_SECONDS)
        await self._clients.go_on(2)

    async def _publish_on(self) -> None:
        while not self._is_over:
            number = self._clients.least + 1
            await self._await_visible(self._writer.publish, value(number))
            await self._await_visible(self._writer.withdraw, value(number - 1))
            self._clients.least = number

    async def _await_visible(self, change: Callable[[Answer], Mapping[Counter, int]], answer: Answer) -> None:
        wanted = await asyncio.to_thread(change, answer)
        while not await asyncio.to_thread(self._writer.is_visible, wanted):
            await asyncio.sleep(LOOK_SECONDS)


def value(number: int) -> TxtAnswer:
    """Make the value of a number."""
    return replace(ANSWER, value=f"value-{number}")


def test_an_update_loses_no_query_and_serves_nothing_older_than_was_waited_for(
    moto_endpoint: str, aws_environment: None, tmp_path: Path
) -> None:
    """While nodes come and go, values are replaced: once the issuer knows them visible, all that answers has them."""
    writer = TableWriter(moto_endpoint)
    writer.make_tables()
    writer.publish_zone(SERVED)
    writer.publish(value(0))

    async def scenario() -> None:
        async with drilling(serving_tables(writer, tmp_path)) as drill:
            (old,) = drill.service.tasks
            async with Publisher(writer, drill.clients) as publisher:
                drill.service.deploy(serving_tables(writer, tmp_path))
                await drill.until(lambda: old.is_leaving)
                await publisher.go_on()  # both serve
                await drill.until(lambda: old.told_at < inf)
                await publisher.go_on()  # the old one drains
                await drill.until(lambda: drill.service.is_steady)
            assert not old.is_running
            assert [drill.clients.lost, drill.clients.wrong] == [[], []]
            assert len(writer.rows()) == 1

    run(scenario())


def test_a_version_that_never_gets_healthy_is_given_up_and_the_old_one_serves_on(tmp_path: Path) -> None:
    """Whether its tasks end or only never load; nothing is lost meanwhile, and the task of before is still the same."""

    async def scenario() -> None:
        async with drilling(serving(tmp_path)) as drill:
            before = list(drill.service.tasks)
            await drill.update_to(broken(tmp_path))
            assert (drill.service.gave_up, drill.service.failures) == (True, LEAST_FAILURES)
            assert drill.service.tasks == before
            assert [drill.clients.lost, drill.clients.wrong] == [[], []]

    run(scenario())


def test_a_killed_node_costs_queries_until_its_health_checks_have_failed_and_then_none(tmp_path: Path) -> None:
    """As many rounds of checks as the threshold says, and those for which a load balancer is seen to be late."""

    async def scenario() -> None:
        async with drilling(serving(tmp_path), desired=2) as drill:
            killed_at = drill.balancer.now
            await drill.service.kill(drill.service.tasks[0])
            await drill.until(lambda: drill.service.is_steady)
            await drill.rounds(TARGETS.rounds_to_find_out + 3)
            assert drill.clients.wrong == []
            assert killed_at <= min(drill.clients.lost)
            assert max(drill.clients.lost) < killed_at + TARGETS.rounds_to_find_out * TARGETS.interval

    run(scenario())


def test_a_node_that_is_stopped_by_hand_loses_no_query(tmp_path: Path) -> None:
    """It serves for as long as the load balancer takes to find out by its health."""

    async def scenario() -> None:
        async with drilling(serving(tmp_path), desired=2) as drill:
            stopped = drill.service.tasks[0]
            await drill.service.stop_by_hand(stopped)
            await drill.until(lambda: drill.service.is_steady)
            assert not stopped.is_running
            await drill.rounds(3)
            assert [drill.clients.lost, drill.clients.wrong] == [[], []]

    run(scenario())


def test_without_a_drain_the_same_update_would_lose_queries(tmp_path: Path) -> None:
    """The drill sees a gap where there is one: flows are ended a little after the deregistration delay."""

    async def scenario() -> None:
        async with drilling(serving(tmp_path), replace(ROLLOUT, drain=0.0)) as drill:
            await drill.update_to(serving(tmp_path))
            assert drill.clients.lost

    run(scenario())
