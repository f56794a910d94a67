"""The line between one worker and the world: every call takes time, and may fail, freeze or be the worker's last."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from certwright.domain.errors import StaleRevision, Unavailable
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND
from tests.simulation.ca_account import AccountAtCa
from tests.simulation.schedule import Schedule

FUNCTION_TIMEOUT = 60 * SECOND
CRASH_BEFORE, CRASH_AFTER, LOST_REQUEST, LOST_REPLY, FREEZE_BEFORE, FREEZE_AFTER = (
    "crash before",
    "crash after",
    "lost request",
    "lost reply",
    "freeze before",
    "freeze after",
)
FAULTS = (CRASH_BEFORE, CRASH_AFTER, LOST_REQUEST, LOST_REPLY, FREEZE_BEFORE, FREEZE_AFTER)
FREEZES = (70 * SECOND, 100 * SECOND, 10 * MINUTE, HOUR, HOUR, 3 * HOUR, 4 * DAY)
TABLES = frozenset({"jobs", "holds", "owners", "zones", "delegations", "holdings", "accounts", "answers", "nodes"})
FRAGILE, FRAGILE_MORE = frozenset({"versions.replace_current", "ca.finalize", "ca.place_order"}), 6
"""Calls that are made once a certificate, where a fault may hurt most: they fail so many times as often."""

SLOWER = 40
"""So many times as long calls take in a bad spell."""


class Crashed(BaseException):
    """The worker's process is gone; nothing in it may handle that."""


@dataclass(slots=True)
class Chances:
    """The stream of chance of one certificate: which of its calls fail, whoever else is there.

    `name` stands before the number of a fault; `allowed` holds the names of the faults that may happen, None for all.
    """

    name: str
    random: Random
    rate: float
    message_rate: float
    allowed: frozenset[str] | None
    hits: list[str] = field(default_factory=list)
    _drawn: int = 0

    def draw_fault(self, label: str) -> str:
        """Tell what befalls the next call, empty for nothing."""
        self._drawn += 1
        drawn, rate = self.random.random(), self.rate * (FRAGILE_MORE if label in FRAGILE else 1)
        if drawn >= rate or not self._hit():
            return ""
        return FAULTS[int(drawn / rate * len(FAULTS))]

    def draw_message_fate(self) -> str:
        """Tell what becomes of a message: "lost", "doubled", "late" or nothing."""
        self._drawn += 1
        drawn = self.random.random()
        if drawn >= self.message_rate or not self._hit():
            return ""
        return ("lost", "doubled", "late")[int(drawn / self.message_rate * 3)]

    def latency(self) -> int:
        """Draw how long a call takes: mostly milliseconds."""
        drawn = self.random.random()
        return int(3 + 40 * drawn) if drawn < 0.99 else int(2000 * drawn)

    def _hit(self) -> bool:
        name = f"{self.name}.{self._drawn}"
        if self.allowed is not None and name not in self.allowed:
            return False
        self.hits.append(name)
        return True


NOTHING_HAPPENS = Chances("", Random(0), 0.0, 0.0, None)


@dataclass(slots=True)
class Line:
    """One worker's line; it is used again by another when the worker has ended."""

    schedule: Schedule
    sky: Callable[[str], bool]
    note: Callable[[str, str], None]
    count: Callable[[str], None]
    worker: str = ""
    chances: Chances = field(default_factory=lambda: NOTHING_HAPPENS)
    on_freeze: Callable[[], None] = lambda: None
    on_late_order: Callable[[], None] = lambda: None
    ends_at: int = 0
    is_thawed: bool = False

    def take(self, worker: str, chances: Chances, on_freeze: Callable[[], None]) -> None:
        """Give it to a worker."""
        self.worker, self.chances, self.on_freeze = worker, chances, on_freeze
        self.ends_at, self.is_thawed = self.schedule.now + FUNCTION_TIMEOUT, False

    def call(self, label: str, method: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Make a call as the world allows it."""
        fault = self.chances.draw_fault(label)
        if self.sky("calls-slow"):
            self.count("spell: calls-slow")
        self._pass_time()
        self._suffer(fault, label, CRASH_BEFORE, LOST_REQUEST, FREEZE_BEFORE)
        if fault == FREEZE_BEFORE and label == "ca.place_order":
            self.on_late_order()
        self._refuse_by_sky(label)
        result = self._make(label, method, args, kwargs)
        self.note(self.worker, label)
        self._pass_time()
        self._suffer(fault, label, CRASH_AFTER, LOST_REPLY, FREEZE_AFTER)
        return result

    def _make(self, label: str, method: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Make the call itself, and count what comes of one that comes late."""
        is_late_put = self.is_thawed and label == "versions.replace_current"
        try:
            result = method(*args, **kwargs)
        except StaleRevision:
            if is_late_put or self.is_thawed:
                self.count(f"worker: late {'writer of current' if is_late_put else 'save'} refused")
            raise
        if is_late_put:
            self.count("worker: late writer of current puts what is current")
        return result

    def _pass_time(self) -> None:
        self.schedule.pause(self.chances.latency() * (SLOWER if self.sky("calls-slow") else 1))
        if self.schedule.now >= self.ends_at and not self.is_thawed:
            self.note(self.worker, "the function's time is over")
            self.count("call: the function's time is over")
            raise Crashed

    def _suffer(self, fault: str, label: str, crash: str, lost: str, freeze: str) -> None:
        if fault not in (crash, lost, freeze):
            return
        self.note(self.worker, f"{label}: {fault}")
        self.count(f"call: {fault}")
        if fault == crash:
            raise Crashed
        if fault == lost:
            raise Unavailable("The world does not answer in time.")
        self.is_thawed = True
        self.on_freeze()
        lasts = FREEZES[int(self.chances.random.random() * len(FREEZES))]
        self.schedule.pause(lasts)
        if lasts >= HOUR:
            self.count("call: goes on an hour later or more")
        self.note(self.worker, f"{label}: thawed")

    def _refuse_by_sky(self, label: str) -> None:
        port = label.partition(".")[0]
        if port in TABLES and self.sky("tables-throttled") and self.chances.random.random() < 0.3:
            self.count("spell: tables-throttled")
            raise Unavailable("The table is throttled.")
        if port == "queue" and self.sky("queue-down"):
            self.count("spell: queue-down")
            raise Unavailable("The queue does not answer.")


class Wired:
    """A port at the far end of a line."""

    def __init__(self, port: object, name: str, line: Line) -> None:
        self._port, self._name, self._line = port, name, line

    def __getattr__(self, method: str) -> Any:
        found, label, line = getattr(self._port, method), f"{self._name}.{method}", self._line

        def call(*args: Any, **kwargs: Any) -> Any:
            result = line.call(label, found, args, kwargs)
            return Wired(result, "ca", line) if isinstance(result, AccountAtCa) else result

        setattr(self, method, call)
        return call
