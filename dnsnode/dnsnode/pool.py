"""The worker processes: told every change, waited for, replaced when they die, killed when they fall silent."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import batched
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Final

from dnsnode.changes import Batch, Change, Message, Notified, Open, Reply, Tell
from dnsnode.metrics import Tally, total
from dnsnode.worker import WorkerSettings, run_worker

SILENT_SECONDS: Final = 5.0
"""How long a worker may leave a message unanswered before it is killed."""
START_SECONDS: Final = 30.0
"""How long it may take to answer its first one: a process starts slowly where the processor is busy."""
BATCH_CHANGES: Final = 200
"""Changes in one message: applying them holds up queries for less than a millisecond or two."""
RESTART_SECONDS: Final = 1.0
"""Between the deaths of a worker and its replacement, so that a crash loop costs little."""
TELL_SECONDS: Final = 1.0
"""How long a worker may take to tell what it counted, before what it told last is taken."""

_log = logging.getLogger(__name__)
_spawn = get_context("spawn")


class WorkerPool:
    """Keeps `processes` workers; each message has a number of one rising sequence.

    A worker that starts is sent `everything()`. Once it has applied that, it is told to open its sockets, after all
    that was sent meanwhile. Only then does it count: it serves nothing before, and can't open without having applied
    what was sent before.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        processes: int,
        everything: Callable[[], Sequence[Change]],
        on_applied: Callable[[], None],
        on_notified: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._processes = processes
        self._everything = everything
        self._on_applied = on_applied
        self._on_notified = on_notified
        self._number = 0
        self._workers: list[_Worker] = []
        self._opened = asyncio.Event()
        self._told = asyncio.Event()
        self._buried = Tally()
        self.restarts = 0
        self._is_stopping = False
        self._restarts: set[asyncio.TimerHandle] = set()

    @property
    def applied(self) -> int:
        """The number up to which every worker serves what it was sent; below 0 until all have opened once."""
        if not self._opened.is_set():
            return -1
        return min((worker.applied for worker in self._workers if worker.is_told_to_open), default=0)

    async def start(self) -> None:
        """Start all workers, load them, and wait until all of them listen."""
        for _ in range(self._processes):
            self._add_worker()
        await self._opened.wait()

    def broadcast(self, changes: Iterable[Change]) -> int:
        """Send changes to all workers; `applied` reaches the returned number when all of them serve these."""
        for some in batched(changes, BATCH_CHANGES, strict=False):
            self._number += 1
            for worker in self._workers:
                worker.send(Batch(self._number, some))
        return self._number

    async def tally(self) -> Tally:
        """Ask all workers what they counted, and add what the dead had told: counters never go back."""
        asked = [worker for worker in self._workers if worker.is_open]
        for worker in asked:
            worker.ask()
        with suppress(TimeoutError):
            async with asyncio.timeout(TELL_SECONDS):
                while any(worker.is_asked for worker in asked if worker in self._workers):
                    self._told.clear()
                    await self._told.wait()
        return total([self._buried, *(worker.tally for worker in self._workers)])

    @property
    def open_workers(self) -> int:
        """How many workers answer."""
        return sum(worker.is_open for worker in self._workers)

    def kill_silent(self) -> None:
        """Kill, by its id, each worker that has left a message unanswered for too long."""
        for worker in self._workers:
            if worker.silent_seconds(monotonic()) > (SILENT_SECONDS if worker.has_spoken else START_SECONDS):
                _log.error("worker is silent: killed", extra={"worker": worker.pid})
                worker.kill()

    def stop(self) -> None:
        """End all workers: they go when their pipe is closed."""
        self._is_stopping = True
        for timer in self._restarts:
            timer.cancel()
        for worker in self._workers:
            worker.close()

    def _add_worker(self) -> None:
        worker = _Worker(self._settings, self._number, self._hear, self._replace, self._on_notified)
        self._workers.append(worker)
        for some in batched(self._everything(), BATCH_CHANGES, strict=False):
            self._number += 1
            worker.send(Batch(self._number, some))
        worker.loaded_with = self._number
        self._open_loaded()

    def _open_loaded(self) -> None:
        for worker in self._workers:
            if not worker.is_told_to_open and worker.applied >= worker.loaded_with:
                self._number += 1
                worker.send(Open(self._number))

    def _hear(self) -> None:
        self._open_loaded()
        if len(self._workers) == self._processes and all(worker.is_open for worker in self._workers):
            self._opened.set()
        self._told.set()
        self._on_applied()

    def _replace(self, worker: "_Worker") -> None:
        self._workers.remove(worker)
        self._buried = total([self._buried, worker.tally.without_gauges()])
        self._told.set()
        if self._is_stopping:
            return
        _log.error("worker died: replaced", extra={"worker": worker.pid, "exit_code": worker.exit_code})
        self.restarts += 1
        self._restarts = {timer for timer in self._restarts if timer.when() > asyncio.get_running_loop().time()}
        self._restarts.add(asyncio.get_running_loop().call_later(RESTART_SECONDS, self._add_worker))
        self._on_applied()


class _Worker:
    """The parent's end of one worker process; sending never blocks the parent."""

    def __init__(
        self,
        settings: WorkerSettings,
        number: int,
        on_heard: Callable[[], None],
        on_death: Callable[["_Worker"], None],
        on_notified: Callable[[], None],
    ) -> None:
        self.applied = self.loaded_with = number
        self.has_spoken = self.is_told_to_open = self.is_open = False
        self.tally = Tally()
        self.is_asked = False
        self._sent = self._open_number = number
        self._unanswered_since = monotonic()
        self._on_heard, self._on_death, self._on_notified = on_heard, on_death, on_notified
        self._pipe, theirs = _spawn.Pipe()
        self._process = _spawn.Process(target=run_worker, args=(theirs, settings), daemon=True)
        self._process.start()
        theirs.close()
        self._outbox: SimpleQueue[Message | None] = SimpleQueue()
        self._sender = Thread(target=_send_all, args=(self._pipe, self._outbox), daemon=True)
        self._sender.start()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._pipe.fileno(), self._receive)
        self._loop.add_reader(self._process.sentinel, self._bury)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid or 0

    @property
    def exit_code(self) -> int | None:
        """How it ended, None while it runs."""
        return self._process.exitcode

    def ask(self) -> None:
        """Ask what was counted, unless the answer to an earlier question is awaited."""
        if not self.is_asked:
            self.is_asked = True
            self._outbox.put(Tell())

    def send(self, message: Batch | Open) -> None:
        """Queue a message."""
        if self._sent == self.applied:
            self._unanswered_since = monotonic()
        self._sent = message.number
        if isinstance(message, Open):
            self.is_told_to_open, self._open_number = True, message.number
        self._outbox.put(message)

    def silent_seconds(self, now: float) -> float:
        """Tell for how long it has owed an answer."""
        return 0.0 if self.applied == self._sent else now - self._unanswered_since

    def kill(self) -> None:
        """Kill the process; its death is noticed like any other."""
        os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let it go: it ends when it has done what it was sent."""
        self._loop.remove_reader(self._pipe.fileno())
        self._loop.remove_reader(self._process.sentinel)
        self._outbox.put(None)
        self._sender.join(SILENT_SECONDS)
        if self._sender.is_alive():  # it is writing to a worker that does not read
            self.kill()
            self._sender.join()
        self._pipe.close()
        self._process.join(SILENT_SECONDS)
        if self._process.is_alive():
            self.kill()
            self._process.join()

    def _receive(self) -> None:
        try:
            reply: Reply = self._pipe.recv()
        except (EOFError, OSError):
            self._loop.remove_reader(self._pipe.fileno())
            return
        if isinstance(reply, Notified):
            self._on_notified()
        elif isinstance(reply, Tally):
            self.tally, self.is_asked = reply, False
        else:
            self.applied, self.has_spoken = reply, True
            self._unanswered_since = monotonic()
            self.is_open = self.is_told_to_open and (self.is_open or self.applied >= self._open_number)
        self._on_heard()

    def _bury(self) -> None:
        self._loop.remove_reader(self._process.sentinel)
        self._loop.remove_reader(self._pipe.fileno())
        self._process.join()
        self._outbox.put(None)
        self._sender.join()
        self._pipe.close()
        self._on_death(self)


def _send_all(pipe: Connection, outbox: "SimpleQueue[Message | None]") -> None:
    """Send what is queued until None comes, or nobody reads any more."""
    try:
        while (message := outbox.get()) is not None:
            pipe.send(message)
    except OSError:
        _log.debug("pipe closed by the worker")
