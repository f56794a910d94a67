"""Very many certificates over a long time, each one simulated: what work that makes, and when."""

from collections import Counter
from dataclasses import dataclass, field
from unittest.mock import patch

from certwright.domain import storage_keys
from certwright.domain.renewal import DAY, HOUR, MINUTE
from tests.simulation.ca_rules import TO_45_DAYS
from tests.simulation.events import plan
from tests.simulation.messages import Delivery
from tests.simulation.run import AtOnce
from tests.simulation.scenario import START, Scenario, Spell, Wish
from tests.simulation.town import Town

ARRIVALS = 20 * DAY
OUTAGE_LASTS = 3 * DAY
KEPT = 3 * DAY


@dataclass(frozen=True, slots=True)
class Plan:
    """So many certificates over so many days; the CA moves to 45 days after 3/4 of them, and is away after half."""

    certificates: int
    days: int
    renewal_info_every: int = 6 * HOUR


@dataclass(slots=True)
class Figures:
    """What was counted; the watch has seen to it that every promise was kept."""

    plan: Plan
    issued: int = 0
    orders: int = 0
    messages: int = 0
    refused_by_limits: int = 0
    sweeps: int = 0
    due_reads: int = 0
    messages_by_minute: Counter[int] = field(default_factory=Counter)
    orders_by_minute: Counter[int] = field(default_factory=Counter)
    reads_by_day: list[int] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in a few lines."""
        busiest = max(self.messages_by_minute.values(), default=0)
        orders = max(self.orders_by_minute.values(), default=0)
        minutes = self.plan.days * 24 * 60
        reads = self.reads_by_day[ARRIVALS // DAY :] or [0]
        return (
            f"{self.plan.certificates:,} certificates over {self.plan.days} days: {self.issued:,} issued by "
            f"{self.orders:,} orders, {self.refused_by_limits:,} refused by limits; none lapsed\n"
            f"work: {self.messages:,} invocations, {self.messages / minutes:.1f} a minute on average, {busiest:,} in "
            f"the busiest; at most {orders:,} orders in a minute\n"
            f"scheduler: {self.sweeps:,} sweeps that found something read {self.due_reads:,} items of the due index, "
            f"{self.due_reads / self.messages:.2f} for each invocation; on a day {min(reads):,} to {max(reads):,}"
        )


def run_population(wanted: Plan) -> Figures:
    """Run it; raises `Violation` where a promise is broken."""
    town, figures = CountedTown(_build_scenario(wanted), is_wired=False), Figures(wanted)
    town.figures = figures
    plan(town)
    town.schedule.at(START + DAY, lambda: _end_day(town, figures))
    with patch("certwright.flows.check_records.ThreadPoolExecutor", AtOnce):
        town.schedule.run_until(START + wanted.days * DAY)
    town.schedule.close()
    figures.issued, figures.messages = len(town.ca.issued), town.queue.received
    figures.refused_by_limits = len(town.ca.refused_by_limits)
    figures.sweeps, figures.due_reads = town.sweeps, town.store.due.reads
    return figures


@dataclass(slots=True)
class CountedTown(Town):
    """A town whose work is counted."""

    figures: Figures | None = None
    seen_orders: int = 0

    def work(self, delivery: Delivery) -> None:
        assert self.figures is not None
        minute = (self.now - START) // MINUTE
        self.figures.messages_by_minute[minute] += 1
        before = self.ca.orders_placed
        Town.work(self, delivery)
        self.figures.orders_by_minute[minute] += self.ca.orders_placed - before


def _build_scenario(wanted: Plan) -> Scenario:
    every = min(ARRIVALS, wanted.days * DAY // 4) / wanted.certificates
    wishes = tuple(
        Wish(
            number=number,
            owner="own_a",
            names=(f"*.d{number}.test", f"d{number}.test"),
            challenge="",
            profile="",
            asked_at=int(number * every),
            records_at=int(number * every),
            is_calm=True,
        )
        for number in range(wanted.certificates)
    )
    outage = wanted.days * DAY // 2
    return Scenario(
        seed=0,
        days=wanted.days,
        wishes=wishes,
        spells=(Spell("ca-outage", outage, outage + OUTAGE_LASTS),),
        renewal_info_every=wanted.renewal_info_every,
        calendar_ahead=TO_45_DAYS - START - wanted.days * DAY * 3 // 4,
    )


def _end_day(town: Town, figures: Figures) -> None:
    """Check the promises, note what the day cost, and clear away what has no more use, as lifecycles do."""
    town.watch.look()
    figures.reads_by_day.append(town.store.due.reads - sum(figures.reads_by_day))
    figures.orders = town.ca.orders_placed
    for kept in (town.store.events, town.store.attempts):
        kept.clear()
    for certificate_id in town.managed:
        town.store.events[certificate_id] = []
    town.ca.forget(town.now - KEPT)
    current = {name: stored for name, stored in town.bucket.objects.items() if name.startswith("current/")}
    for certificate_id, managed in town.managed.items():
        if attempt := managed.work.attempt:
            key = storage_keys.pending_key(certificate_id, attempt.id)
            if key in town.bucket.objects:
                current[key] = town.bucket.objects[key]
    town.bucket.objects = current
    town.schedule.at(town.now + DAY, lambda: _end_day(town, figures))
