"""Reserve what an order draws from its CA's budgets, or a turn where there is no room."""

from dataclasses import replace

from certwright.domain.budget import Asker
from certwright.domain.reservation import Reservation, list_draws, registered_domains, reserve
from certwright.flows.budgets import Changed, Stored, ca_of, change_budgets
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop


def reserve_budget(workshop: Workshop, job: Job) -> Effect:
    """Reserve all that the order needs, or wait at the first budget that has no room.

    A crash before the save costs a place, which lapses.
    """
    desired, work = job.desired, job.work
    domains = registered_domains(desired, workshop.suffixes.registrable)
    draws = list_draws(ca_of(workshop, job), desired, work, domains, workshop.clock.now())

    def change(stored: Stored, now: int) -> Changed[Reservation]:
        remaining = work.current.not_after - now if work.current else None
        found = reserve(draws, stored, Asker(desired.owner, remaining, desired.account), work.places, now)
        return Changed(found, found.changes)

    found = change_budgets(workshop, tuple(draw.key for draw in draws), change)
    reserved_at = workshop.clock.now() if found.is_complete else 0
    return Effect(replace(job, work=replace(work, places=found.places), reserved_at=reserved_at))
