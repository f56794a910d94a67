"""Very many certificates over a long time, each one simulated: what work that makes, and when.

The flows, the CA and the watch are those of every other run. Calls take no time here and don't fail, and neither lists
nor histories are written: nobody reads them.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from unittest.mock import patch

from certwright.domain import storage_keys
from certwright.domain.renewal import DAY, MINUTE
from certwright.flows.advance_certificate import advance_certificate
from tests.simulation.ca_rules import TO_45_DAYS
from tests.simulation.events import plan
from tests.simulation.figures import Figures, Plan, Renewal
from tests.simulation.messages import Delivery
from tests.simulation.quick_values import quick_values
from tests.simulation.run import AtOnce
from tests.simulation.scenario import START, Scenario, Spell, Wish
from tests.simulation.town import Town

KEPT = 3 * DAY


def run_population(wanted: Plan, tell: Callable[[str], None] = lambda _: None) -> Figures:
    """Run it, and `tell` how far it is from time to time; raises `Violation` where a promise is broken."""
    figures = Figures(wanted)
    town = CountedTown(_build_scenario(wanted), is_wired=False, figures=figures)
    plan(town)
    town.schedule.at(START + MINUTE, lambda: _end_minute(town, figures))
    town.schedule.at(START + DAY, lambda: _end_day(town, figures, tell))
    with _without_what_nobody_reads():
        town.schedule.run_until(START + wanted.days * DAY)
    town.schedule.close()
    figures.issued, figures.refused_by_limits = len(town.ca.issued), len(town.ca.refused_by_limits)
    return figures


@dataclass(slots=True, kw_only=True)
class CountedTown(Town):
    """A town whose work is counted."""

    figures: Figures

    def work(self, delivery: Delivery) -> None:
        """Do what is to be done, and note a renewal."""
        certificate_id = delivery.certificate_id
        before = self.managed[certificate_id].work
        advance_certificate(self.workshop, certificate_id, delivery.worker)
        after = self.managed[certificate_id].work.current
        if before.current and after and after.version != before.current.version:
            self.figures.note(Renewal(self.now - START, before.renew_at - START, before.current.not_after - START))


def _without_what_nobody_reads() -> AbstractContextManager[object]:
    stack = ExitStack()
    stack.enter_context(quick_values())
    stack.enter_context(patch("certwright.flows.check_records.ThreadPoolExecutor", AtOnce))
    for name in ("summary_to_write", "event_to_write"):
        stack.enter_context(patch(f"tests.fakes.certificates.{name}", lambda *_: None))
    return stack


def _build_scenario(wanted: Plan) -> Scenario:
    every = wanted.arrivals / wanted.certificates
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
    return Scenario(
        seed=0,
        days=wanted.days,
        wishes=wishes,
        spells=(Spell("ca-outage", wanted.outage, wanted.outage_ends),),
        renewal_info_every=wanted.renewal_info_every,
        calendar_ahead=TO_45_DAYS - START - wanted.move,
    )


def _end_minute(town: Town, figures: Figures) -> None:
    figures.end_minute(town.queue.received, town.ca.orders_placed, town.store.due.reads)
    town.schedule.at(town.now + MINUTE, lambda: _end_minute(town, figures))


def _end_day(town: Town, figures: Figures, tell: Callable[[str], None]) -> None:
    """Check the promises, and clear away what has no more use, as lifecycles do."""
    town.watch.look()
    town.store.attempts.clear()
    town.ca.forget(town.now - KEPT)
    current = {name: stored for name, stored in town.bucket.objects.items() if name.startswith("current/")}
    for certificate_id, managed in town.managed.items():
        if attempt := managed.work.attempt:
            key = storage_keys.pending_key(certificate_id, attempt.id)
            if key in town.bucket.objects:
                current[key] = town.bucket.objects[key]
    town.bucket.objects = current
    days = (town.now - START) // DAY
    if days % 20 == 0:
        tell(f"day {days}: {figures.describe()}")
    town.schedule.at(town.now + DAY, lambda: _end_day(town, figures, tell))
