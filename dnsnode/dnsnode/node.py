"""The parent process: holds the ports, keeps the workers and the health port, and lets a feed say what is served."""

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Protocol

from dnsnode.address import Address, AddressInUse, Reservation
from dnsnode.changes import Change, SetLease
from dnsnode.health import find_problems, report
from dnsnode.lease import Lease
from dnsnode.metrics import Key, Standing
from dnsnode.monitor import Monitor
from dnsnode.pool import WorkerPool
from dnsnode.private_port import Page, serve_pages
from dnsnode.settings import Settings
from dnsnode.snapshot import Snapshot
from dnsnode.worker import WorkerSettings

type Announce = Callable[[str], None]

_CHECK_SECONDS = 0.5

_log = logging.getLogger(__name__)


class Feed(Protocol):
    """Where answers come from."""

    @property
    def lease(self) -> Lease:
        """The lease that workers start with."""
        ...

    @property
    def standing(self) -> Standing:
        """How far the node keeps up with the source."""
        ...

    @property
    def heeds_notices(self) -> bool:
        """Whether it is of use to say that the source has changed."""
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

    def on_notified(self) -> None:
        """Learn that somebody, whoever it is, says the source has changed."""
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
        self._stopping_now = asyncio.Event()
        self._monitor = Monitor(self.measure, settings.metrics_namespace)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT, and for the drain time after it, which a second signal ends.

        Raises `AddressInUse`, and what the feed's first load raises."""
        with ExitStack() as held:
            wanted = self.settings
            dns = held.enter_context(Reservation(wanted.dns, udp=True, option="--listen")).address
            http = held.enter_context(Reservation(wanted.http, udp=False, option="--http")).address
            self._handle_signals()
            private = await self._open_private_port(dns)
            life = asyncio.create_task(self._live(dns, http, private.sockets[0].getsockname()[1]))
            try:
                await _first_of(life, self._stopping)
                if not life.done() and self._is_ready:
                    _log.info("told to stop: drains for %g s", wanted.drain_seconds)
                    await _first_of(life, self._stopping_now, wanted.drain_seconds)
                await _finish(life)
            finally:
                await self._close(private)

    def broadcast(self, changes: list[Change]) -> int:
        """Send changes to the workers; before they start there is nothing to send: they are given all there is."""
        return self.pool.broadcast(changes) if self.pool else 0

    async def measure(self) -> Mapping[Key, float]:
        """Read all metrics, the workers' too."""
        standing, pool = self._feed.standing, self.pool
        values: dict[Key, float] = {
            ("ready",): int(self._is_ready and not self._stopping.is_set()),
            ("workers",): pool.open_workers if pool else 0,
            ("worker_restarts",): pool.restarts if pool else 0,
            ("generation_lag",): standing.lag,
            ("skipped_items",): standing.skipped,
            ("live_answers",): self.snapshot.size,
            ("zones",): len(self.snapshot.zones),
        }
        if standing.age_seconds is not None:
            values["snapshot_age_seconds",] = round(standing.age_seconds, 3)
        if pool:
            tally = await pool.tally()
            values |= {**tally.counters, **tally.gauges}
        return values

    async def _live(self, dns: Address, http: Address, health_port: int) -> None:
        await self._feed.load(self)
        given = self.settings
        settings = WorkerSettings(
            dns,
            http,
            given.challenge_host,
            given.tcp_idle_seconds,
            self._feed.lease,
            given.rate_limit,
            given.query_log,
            self._feed.heeds_notices,
            given.answers_table,
        )
        heard = self._on_applied, self._feed.on_notified
        self.pool = WorkerPool(settings, self.settings.processes, self._everything, *heard)
        following = asyncio.gather(self.pool.start(), self._feed.confirm(self))
        await following
        self._is_ready = True
        self._announce(f"ready dns={dns} http={http} health={Address(self.settings.health.host, health_port)}")
        telling = self._monitor.tell_every(self.settings.metrics_seconds)
        await asyncio.gather(self._feed.follow(self), self._watch(self.pool), telling)

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
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self._feed.reload, self)

    def _stop(self) -> None:
        (self._stopping_now if self._stopping.is_set() else self._stopping).set()

    async def _open_private_port(self, dns: Address) -> asyncio.Server:
        async def show_health() -> Page:
            if self._stopping.is_set():
                return report(["stopping"])
            return report(await find_problems(dns.reachable) if self._is_ready else ["not loaded yet"])

        try:
            return await serve_pages(self.settings.health, {"/health": show_health, "/metrics": self._monitor.page})
        except OSError as error:
            raise AddressInUse(
                f"can't listen on {self.settings.health}: {error.strerror}; choose another address with --health"
            ) from error

    async def _close(self, private: asyncio.Server) -> None:
        if self._is_ready and self.settings.metrics_seconds:
            await self._monitor.close()
        if self.pool:
            self.pool.stop()
        await self._feed.leave()
        private.close()


async def _first_of(life: "asyncio.Task[None]", event: asyncio.Event, seconds: float | None = None) -> None:
    """Wait until the task is done, the event comes, or the time is over."""
    coming = asyncio.create_task(event.wait())
    await asyncio.wait({life, coming}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    coming.cancel()


async def _finish(life: "asyncio.Task[None]") -> None:
    """End the task; what it failed of is raised."""
    if not life.done():
        life.cancel()
    try:
        await life
    except asyncio.CancelledError:
        return
