"""The pool of workers by itself: real processes and sockets, changes from the test."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from multiprocessing import active_children

import pytest

from certwright.domain.answer import ServedZone
from dnsnode import pool as pool_module
from dnsnode.address import Address, Reservation
from dnsnode.changes import Change, SetTxt, SetZone
from dnsnode.lease import ENDLESS
from dnsnode.pool import WorkerPool
from dnsnode.worker import WorkerSettings
from tests.integration.dnsnode.samples import UUID, ZONE
from tests.support.dns_client import Transport, ask, build_query, exchange

NAME = f"{UUID}.{ZONE}"
ZONE_AND_VALUE: Sequence[Change] = (
    SetZone(ServedZone(ZONE, ("ns.example.test",), ("127.0.0.9",))),
    SetTxt(NAME, ("old",)),
)
BACKLOG = [SetTxt(f"{number:08x}{UUID[8:]}.{ZONE}", ("x",)) for number in range(20_000)]
PATIENCE_SECONDS = 240.0


async def first_answer(server: tuple[str, int]) -> list[str]:
    """Ask until somebody listens."""
    while True:
        try:
            return (await asyncio.to_thread(ask, server, NAME)).answers
        except ConnectionRefusedError:
            await asyncio.sleep(0.001)


type Scenario = Callable[[WorkerPool, tuple[str, int]], Coroutine[object, object, None]]


def with_pool(
    processes: int,
    scenario: Scenario,
    served: Sequence[Change] = ZONE_AND_VALUE,
    on_notified: Callable[[], None] = lambda: None,
) -> None:
    """Run a scenario on a pool that has not been started and whose workers start with what is served, and stop it."""

    async def run() -> None:
        with (
            Reservation(Address("127.0.0.1", 0), udp=True, option="--listen") as dns,
            Reservation(Address("127.0.0.1", 0), udp=False, option="--http") as http,
        ):
            settings = WorkerSettings(dns.address, http.address, "", 10.0, ENDLESS, 0, 0.0, heeds_notices=True)
            pool = WorkerPool(settings, processes, lambda: served, lambda: None, on_notified)
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await scenario(pool, (dns.address.host, dns.address.port))
            finally:
                pool.stop()

    asyncio.run(run())


def test_a_worker_opens_after_all_that_was_sent_while_it_started() -> None:
    """Its first answer is the newest, however much there was to apply; nothing older, and no older lease."""

    async def scenario(pool: WorkerPool, server: tuple[str, int]) -> None:
        starting = asyncio.create_task(pool.start())
        await asyncio.sleep(0)
        pool.broadcast([*BACKLOG, SetTxt(NAME, ("new",))])
        assert await first_answer(server) == ["new"]
        await starting

    with_pool(1, scenario)


def test_a_worker_that_starts_holds_up_no_acknowledgement() -> None:
    """It serves nothing yet: what the others serve is served; it counts from when it is told to open."""
    served = list(ZONE_AND_VALUE)

    async def scenario(pool: WorkerPool, server: tuple[str, int]) -> None:
        await pool.start()
        active_children()[0].kill()
        while pool.open_workers == 2:
            await asyncio.sleep(0.01)
        served.append(SetTxt(NAME, ("new",)))
        number = pool.broadcast(served[-1:])
        while pool.applied < number:
            await asyncio.sleep(0.01)
        assert pool.open_workers == 1
        while pool.open_workers < 2:
            await asyncio.sleep(0.01)
        assert [await first_answer(server) for _ in range(20)] == [["new"]] * 20

    with_pool(2, scenario, served)


def test_a_worker_may_be_slow_to_start(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """It is not taken for silent before it could say a word: where the processor is busy it would never come up."""
    monkeypatch.setattr(pool_module, "SILENT_SECONDS", 0.0)

    async def scenario(pool: WorkerPool, _: tuple[str, int]) -> None:
        starting = asyncio.create_task(pool.start())
        await asyncio.sleep(0.001)
        pool.kill_silent()
        await starting

    with caplog.at_level(logging.ERROR):
        with_pool(1, scenario)
    assert caplog.records == []


def test_the_parent_hears_of_every_notify() -> None:
    """Over UDP and over TCP, also of one that comes right after another."""
    heard: list[None] = []
    notify = build_query(ZONE, "SOA", flags=4 << 11)
    transports: tuple[Transport, ...] = ("udp", "tcp", "udp")

    async def scenario(pool: WorkerPool, server: tuple[str, int]) -> None:
        await pool.start()
        for transport in transports:
            before = len(heard)
            assert (await asyncio.to_thread(exchange, server, notify, transport)).rcode == "NOERROR"
            while len(heard) == before:
                await asyncio.sleep(0.01)

    with_pool(1, scenario, on_notified=lambda: heard.append(None))
