"""The parent process: holds the ports, keeps the workers and the health port, and lets a feed say what is served."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import ExitStack
from typing import Protocol

from dnsnode.address import Address, AddressInUse, Reservation
from dnsnode.changes import Change, SetLease
from dnsnode.health import serve_health
from dnsnode.lease import Lease
from dnsnode.pool import WorkerPool
from dnsnode.settings import Settings
from dnsnode.snapshot import Snapshot
from dnsnode.worker import WorkerSettings

type Announce = Callable[[str], None]

_CHECK_SECONDS = 0.5


class Feed(Protocol):
    """Where answers come from."""

    @property
    def lease(self) -> Lease:
        """The lease that workers start with."""
        ...

    async def load(self, node: "Node") -> None:
        """Fill the snapshot, however long it takes; the workers start after it."""
        ...

    async def confirm(self, node: "Node") -> None:
        """Do what must be done once the workers listen and before the node calls itself ready."""
        ...

    async def follow(self, node: "Node") -> None:
        """Keep up with the source until cancelled."""
        ...

    async def leave(self) -> None:
        """Do what must be done after the last answer."""
        ...

    def reload(self, node: "Node") -> None:
        """Act on SIGHUP."""
        ...

    def on_applied(self, number: int) -> None:
        """Learn that every worker serves what was broadcast up to `number`."""
        ...


class Node:
    """One node; `broadcast` brings changes to every worker, now or when it starts."""

    def __init__(self, settings: Settings, feed: Feed, announce: Announce) -> None:
        self.settings = settings
        self.snapshot = Snapshot()
        self.pool: WorkerPool | None = None
        self._feed = feed
        self._announce = announce
        self._is_ready = False
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT; raises `AddressInUse`, and what the feed's first load raises."""
        with ExitStack() as held:
            wanted = self.settings
            dns = held.enter_context(Reservation(wanted.dns, udp=True, option="--listen")).address
            http = held.enter_context(Reservation(wanted.http, udp=False, option="--http")).address
            self._handle_signals()
            health = await self._open_health(dns)
            life = asyncio.create_task(self._live(dns, http, health.sockets[0].getsockname()[1]))
            stopping = asyncio.create_task(self._stopping.wait())
            try:
                await asyncio.wait({life, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not life.done() and self._is_ready:
                    await asyncio.wait({life}, timeout=wanted.drain_seconds)
                await _finish(life)
            finally:
                await self._close(stopping, health)

    def broadcast(self, changes: list[Change]) -> int:
        """Send changes to the workers; before they start there is nothing to send: they are given all there is."""
        return self.pool.broadcast(changes) if self.pool else 0

    async def _live(self, dns: Address, http: Address, health_port: int) -> None:
        await self._feed.load(self)
        settings = WorkerSettings(
            dns, http, self.settings.challenge_host, self.settings.tcp_idle_seconds, self._feed.lease
        )
        self.pool = WorkerPool(settings, self.settings.processes, self._everything, self._on_applied)
        following = asyncio.gather(self.pool.start(), self._feed.confirm(self))
        await following
        self._is_ready = True
        self._announce(f"ready dns={dns} http={http} health={Address(self.settings.health.host, health_port)}")
        await asyncio.gather(self._feed.follow(self), self._watch(self.pool))

    def _everything(self) -> list[Change]:
        return [*self.snapshot.everything(), SetLease(self._feed.lease)]

    def _on_applied(self) -> None:
        if self.pool:
            self._feed.on_applied(self.pool.applied)

    async def _watch(self, pool: WorkerPool) -> None:
        while True:
            pool.kill_silent()
            await asyncio.sleep(_CHECK_SECONDS)

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._feed.reload, self)

    async def _open_health(self, dns: Address) -> asyncio.Server:
        try:
            return await serve_health(self.settings.health, dns, lambda: self._is_ready)
        except OSError as error:
            raise AddressInUse(
                f"can't listen on {self.settings.health}: {error.strerror}; choose another address with --health"
            ) from error

    async def _close(self, stopping: "asyncio.Task[bool]", health: asyncio.Server) -> None:
        stopping.cancel()
        if self.pool:
            self.pool.stop()
        await self._feed.leave()
        health.close()


async def _finish(life: "asyncio.Task[None]") -> None:
    """End the task; what it failed of is raised."""
    if not life.done():
        life.cancel()
    try:
        await life
    except asyncio.CancelledError:
        return
