"""A stand-in for an ECS service with rolling deployments, before which a `LoadBalancer` stands; its time is that one's.

Modelled, of ECS' developer guide unless said otherwise, one `step` after each round of health checks:

- A deployment starts tasks of the new version up to MaximumPercent, and takes old ones out as far as
  MinimumHealthyPercent of the tasks stay healthy in the load balancer.
- A task that is taken out is deregistered; once its target is unused it gets SIGTERM, and SIGKILL after StopTimeout.
- A task that ended by itself, or is not healthy after the grace period, is replaced. At `LEAST_FAILURES` of a new
  version the circuit breaker gives it up, and what runs of it is taken out in favour of the version before.
- A task that is stopped by hand gets SIGTERM at once, while its target is deregistered (amazon-ecs-agent #2316).

Not modelled: how long ECS takes to do so, where it places tasks, pauses before it starts failing tasks again. Starting
a program takes none of this time: the clock stands still until the program is as far as its version says. Nodes are
started with an endless drain; the second signal, which ends a drain at once, comes when NODE_DRAIN_SECONDS are over.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf

from tests.support.blind_world import fetch
from tests.support.eventually import eventually
from tests.support.load_balancer import LoadBalancer, Target
from tests.support.node_process import NodeProcess
from tests.support.process_table import await_end
from tests.support.update_numbers import LEAST_FAILURES, Rollout

END_SECONDS = 60.0
"""Real ones, in which a node has to end once its drain is over."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a task runs: makes a node, and waits until it has come as far as it will come at once."""

    make: Callable[[], NodeProcess]
    started: Callable[[NodeProcess], Awaitable[object]]


@dataclass(slots=True, eq=False)
class Task:
    """One running node; times are the load balancer's, infinite for what has not come yet."""

    version: Version
    node: NodeProcess
    target: Target
    started_at: float
    told_at: float = inf

    @property
    def is_running(self) -> bool:
        """Whether its program is there."""
        return self.node.process.poll() is None

    @property
    def is_in_service(self) -> bool:
        """Whether it runs, is healthy, and is to stay."""
        return self.is_running and self.target.is_healthy and not self.is_leaving

    @property
    def is_leaving(self) -> bool:
        """Whether it is being taken out."""
        return self.target.deregistered_at < inf


class RollingService:
    """Keeps `desired` tasks of a version; leaves nothing running when used with `async with`."""

    def __init__(self, balancer: LoadBalancer, rollout: Rollout, desired: int, version: Version) -> None:
        self.tasks: list[Task] = []
        self.failures = 0
        self.gave_up = False
        self._balancer = balancer
        self._rollout = rollout
        self._desired = desired
        self._version = self._completed = version

    async def __aenter__(self) -> "RollingService":
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.node.process.kill()
            task.node.end()

    @property
    def is_steady(self) -> bool:
        """Whether there is nothing but the desired tasks, all healthy."""
        good = [task for task in self.tasks if task.is_in_service and task.version is self._version]
        return len(good) == len(self.tasks) == self._desired

    def deploy(self, version: Version) -> None:
        """Begin to replace all tasks."""
        self._completed, self._version = self._version, version
        self.failures, self.gave_up = 0, False

    async def stop_by_hand(self, task: Task) -> None:
        """Stop one task without taking it out first."""
        self._balancer.deregister(task.target)
        await self._tell(task)

    async def kill(self, task: Task) -> None:
        """End all its processes at once, as a host does that fails."""
        workers = task.node.workers()
        task.node.kill()
        await asyncio.to_thread(await_end, workers)
        self._balancer.note_end(task.target)

    async def step(self) -> None:
        """Do what is to be done at this time."""
        for task in list(self.tasks):
            await self._look_after(task)
        if self.failures >= LEAST_FAILURES and self._rollout.rolls_back and self._version is not self._completed:
            self._version, self.gave_up = self._completed, True
        await self._start_missing()
        self._take_old_ones_out()

    async def _look_after(self, task: Task) -> None:
        if not task.is_running:
            self._note_end(task)
        elif task.is_leaving:
            await self._take_further_out(task)
        elif not task.target.is_healthy and self._balancer.now >= task.started_at + self._rollout.grace:
            self._count_failure(task)
            self._balancer.deregister(task.target)

    def _note_end(self, task: Task) -> None:
        if not task.is_leaving:
            self._count_failure(task)
        self._balancer.deregister(task.target)
        self._balancer.note_end(task.target)
        self.tasks.remove(task)
        task.node.end()

    def _count_failure(self, task: Task) -> None:
        if task.version is self._version:
            self.failures += 1

    async def _take_further_out(self, task: Task) -> None:
        now, rollout = self._balancer.now, self._rollout
        if task.told_at == inf and self._balancer.is_unused(task.target):
            await self._tell(task)
        if now >= task.told_at + min(rollout.drain, rollout.stop_timeout):
            is_in_time = rollout.drain < rollout.stop_timeout
            task.node.process.send_signal(signal.SIGTERM if is_in_time else signal.SIGKILL)
            await asyncio.to_thread(task.node.process.wait, END_SECONDS)
            self._note_end(task)

    async def _tell(self, task: Task) -> None:
        """Send SIGTERM, and wait until the node has heard it: two that come at once are one."""
        task.told_at = self._balancer.now
        task.node.process.terminate()
        await asyncio.to_thread(eventually, lambda: not task.is_running or health(task.node) == 503, expected=True)

    async def _start_missing(self) -> None:
        while True:
            staying = [task for task in self.tasks if not task.is_leaving]
            missing = self._desired - sum(task.version is self._version for task in staying)
            if missing <= 0 or len(staying) >= self._desired * self._rollout.maximum // 100:
                return
            await self._start()

    async def _start(self) -> None:
        node = self._version.make().__enter__()
        task = Task(self._version, node, Target(("", 0), ("", 0)), self._balancer.now)
        self.tasks.append(task)
        await self._version.started(node)
        task.target.dns, task.target.health = node.dns, node.health
        self._balancer.register(task.target)

    def _take_old_ones_out(self) -> None:
        staying = [task for task in self.tasks if not task.is_leaving]
        for task in staying:
            healthy = sum(other.target.is_healthy for other in staying if other is not task and not other.is_leaving)
            is_spare = 100 * healthy >= self._rollout.minimum * self._desired
            if task.version is not self._version and is_spare:
                self._balancer.deregister(task.target)


def health(node: NodeProcess) -> str | int:
    """Ask a node for its health; the status where it is no success."""
    return fetch(f"http://{node.health[0]}:{node.health[1]}/health")
