"""Run a scenario from beginning to end, or until a promise is broken."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from unittest.mock import patch

from certwright.domain.renewal import DAY, HOUR
from tests.simulation.events import plan
from tests.simulation.happenings import Tally
from tests.simulation.hurried import reserve_noted
from tests.simulation.quick_values import quick_values
from tests.simulation.releases import next_step_counted
from tests.simulation.scenario import START, Scenario
from tests.simulation.town import Town
from tests.simulation.watch import Violation


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended; `violation` is None when every promise was kept.

    `faults` names those that happened, `ended_at` is milliseconds after the start, the rest are counts.
    """

    scenario: Scenario
    violation: Violation | None
    ended_at: int
    faults: tuple[str, ...]
    messages: int
    issued: int
    orders: int
    refused_by_limits: tuple[str, ...]
    failed_validations: int
    tally: Tally
    trace: tuple[str, ...] = ()


def run(scenario: Scenario, *, is_traced: bool = False, minds_limits: bool = True) -> Result:
    """Run a scenario; the same one always ends the same.

    `minds_limits`: a refusal by one of the CA's limits breaks a promise.
    """
    town = Town(scenario, trace=[] if is_traced else None)
    plan(town)
    town.schedule.at(START + HOUR, lambda: _look(town, minds_limits))
    violation = None
    with (
        quick_values(),
        patch("certwright.flows.advance_certificate.next_step", partial(next_step_counted, town.tally)),
        patch("certwright.flows.reserve_budget.reserve", reserve_noted(town.ca)),
        patch("certwright.flows.check_records.ThreadPoolExecutor", AtOnce),
    ):
        try:
            town.schedule.run_until(START + scenario.days * DAY)
        except Violation as broken:
            violation = broken
            town.note("watch", str(broken))
        finally:
            town.schedule.close()
    return _sum_up(town, violation)


class AtOnce(Executor):
    """Looks at names without threads: under virtual time all of them take no time."""

    def __init__(self, _workers: int) -> None:
        pass

    def submit[**P, T](self, look: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        done: Future[T] = Future()
        done.set_result(look(*args, **kwargs))
        return done


def _look(town: Town, minds_limits: bool) -> None:
    town.watch.look()
    if minds_limits and town.ca.refused_by_limits:
        raise Violation("limits", f"the CA refused orders: {', '.join(town.ca.refused_by_limits)}")
    town.schedule.at(town.now + HOUR, lambda: _look(town, minds_limits))


def _sum_up(town: Town, violation: Violation | None) -> Result:
    return Result(
        scenario=town.scenario,
        violation=violation,
        ended_at=town.now - START,
        faults=town.faults(),
        messages=town.queue.received,
        issued=len(town.ca.issued),
        orders=len(town.ca.orders),
        refused_by_limits=tuple(town.ca.refused_by_limits),
        failed_validations=len(town.ca.failed_validations),
        tally=town.tally,
        trace=tuple(town.trace or ()),
    )
