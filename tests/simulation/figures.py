"""What a population costs: counted by the minute, told by the phase of its life."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from certwright.domain.renewal import DAY, HOUR, MINUTE

ARRIVALS = 42 * DAY
OUTAGE_LASTS = 3 * DAY
LONGEST_LIFE = 64 * DAY
HEAD = (
    "| phase | days | invocations a minute: mean | peak | orders a day | orders a minute: peak "
    "| due items read a minute: mean | peak |\n|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """So many certificates over so many days; the CA is away after half of them, and moves to 45 days after 3/4.

    Instants are milliseconds after the start.
    """

    certificates: int
    days: int
    renewal_info_every: int = 6 * HOUR

    @property
    def arrivals(self) -> int:
        """For how long certificates are asked for, evenly."""
        return min(ARRIVALS, self.days * DAY // 4)

    @property
    def outage(self) -> int:
        """When the CA goes away."""
        return self.days * DAY // 2

    @property
    def outage_ends(self) -> int:
        """When it is back."""
        return self.outage + OUTAGE_LASTS

    @property
    def move(self) -> int:
        """From when on what it issues lasts 45 days."""
        return self.days * DAY * 3 // 4

    def phases(self) -> Iterator[tuple[str, int, int]]:
        """List the phases of its life: what is special, from when, until when."""
        end = self.days * DAY
        marks = (
            ("certificates arrive", 0),
            ("64 days", self.arrivals),
            ("the CA is away", self.outage),
            ("the day after", self.outage_ends),
            ("64 days", self.outage_ends + DAY),
            ("from 64 to 45 days", self.move),
            ("45 days", min(self.move + LONGEST_LIFE, end)),
            ("", end),
        )
        for (name, start), (_, until) in pairwise(marks):
            if start < until:
                yield name, start, until


@dataclass(frozen=True, slots=True)
class Renewal:
    """A certificate was renewed `at`; it was wanted at `wanted_at`, and the one before ends at `not_after`."""

    at: int
    wanted_at: int
    not_after: int


@dataclass(slots=True)
class Figures:
    """What was counted; the watch has seen to it that every promise was kept.

    The three series hold, for each minute, what was counted by its end.
    """

    plan: Plan
    issued: int = 0
    refused_by_limits: int = 0
    renewals: int = 0
    lapses: int = 0
    least_left: int | None = None
    caught_up_at: int = 0
    messages_by: "array[int]" = field(default_factory=lambda: array("q", [0]))
    orders_by: "array[int]" = field(default_factory=lambda: array("q", [0]))
    reads_by: "array[int]" = field(default_factory=lambda: array("q", [0]))

    def end_minute(self, messages: int, orders: int, reads: int) -> None:
        """Note what was counted by now."""
        self.messages_by.append(messages)
        self.orders_by.append(orders)
        self.reads_by.append(reads)

    def note(self, renewal: Renewal, times: int = 1) -> None:
        """Note a renewal, and whether it came in time."""
        self.renewals += times
        self.lapses += times * (renewal.at >= renewal.not_after)
        left = renewal.not_after - renewal.at
        self.least_left = left if self.least_left is None else min(left, self.least_left)
        if renewal.wanted_at < self.plan.outage_ends <= renewal.at:
            self.caught_up_at = max(self.caught_up_at, renewal.at)

    @property
    def messages(self) -> int:
        """All invocations."""
        return self.messages_by[-1]

    @property
    def orders(self) -> int:
        """All orders."""
        return self.orders_by[-1]

    @property
    def due_reads(self) -> int:
        """All items of the due index that were read."""
        return self.reads_by[-1]

    @property
    def most_orders(self) -> int:
        """The orders of the busiest minute."""
        return max(_steps(self.orders_by), default=0)

    def describe(self) -> str:
        """Say it in a few lines."""
        left = f"{self.least_left / DAY:.1f} days" if self.least_left is not None else "nothing"
        late = f"{(self.caught_up_at - self.plan.outage_ends) / HOUR:.1f} hours" if self.caught_up_at else "no time"
        return (
            f"{self.plan.certificates:,} certificates, {self.messages:,} invocations, {self.orders:,} orders, "
            f"{self.renewals:,} renewals, {self.lapses} lapses, {self.refused_by_limits:,} refused by limits; the "
            f"closest renewal left {left}, what fell due in the outage was renewed within {late} of its end; "
            f"{self.due_reads / max(1, self.messages):.2f} due items read for each invocation"
        )

    def table(self) -> str:
        """Say it by phase."""
        return "\n".join((HEAD, *(self._row(*phase) for phase in self.plan.phases())))

    def _row(self, name: str, start: int, end: int) -> str:
        some = slice(start // MINUTE, end // MINUTE + 1)
        messages, orders, reads = (list(_steps(by[some])) for by in (self.messages_by, self.orders_by, self.reads_by))
        days = (end - start) / DAY
        return (
            f"| {name} | {start / DAY:g} to {end / DAY:g} | {_mean(messages):,.1f} | {max(messages):,} "
            f"| {sum(orders) / days:,.0f} | {max(orders):,} | {_mean(reads):,.1f} | {max(reads):,} |"
        )


def _steps(counted: Sequence[int]) -> Iterator[int]:
    return (after - before for before, after in pairwise(counted))


def _mean(counts: Sequence[int]) -> float:
    return sum(counts) / max(1, len(counts))
