"""Reserve what an order draws from its CA's budgets, or a turn where there is no room."""

from dataclasses import replace

from certwright.domain.budget import Asker
from certwright.domain.certificate import Work
from certwright.domain.reservation import Reservation, list_draws, registered_domains, reserve
from certwright.flows.asked_ca import wait_or_turn
from certwright.flows.attempts import connected
from certwright.flows.budgets import Changed, Stored, ca_of, change_budgets
from certwright.flows.ca_accounts import find_definition
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop


def reserve_budget(workshop: Workshop, job: Job) -> Effect:
    """Reserve all that the order needs, or wait at the first budget that has no room, or turn to another CA.

    A crash before the save costs a place, which lapses.
    """
    desired, work = job.desired, job.work
    domains = registered_domains(desired, workshop.suffixes.registrable)
    draws = list_draws(ca_of(workshop, job), desired, _as_the_ca_knows_it(workshop, job), domains, workshop.clock.now())

    def change(stored: Stored, now: int) -> Changed[Reservation]:
        remaining = work.current.not_after - now if work.current else None
        found = reserve(draws, stored, Asker(desired.owner, remaining, desired.account), work.places, now)
        return Changed(found, found.changes)

    found = change_budgets(workshop, tuple(draw.key for draw in draws), change)
    now = workshop.clock.now()
    if desired.cas and not found.is_complete:
        return Effect(wait_or_turn(job, found.places, now))
    job = replace(job, work=replace(work, places=found.places))
    return Effect(replace(job, reserved_at=now if found.is_complete else 0))


def _as_the_ca_knows_it(workshop: Workshop, job: Job) -> Work:
    """Leave out a version that another CA has issued: to this one the next is no renewal."""
    current = job.work.current
    if current is None or current.account == job.desired.account:
        return job.work
    issuer = find_definition(workshop.registry, workshop.settings, current.account)
    is_same_ca = issuer is not None and issuer.entry.directory == connected(job).account.directory
    return job.work if is_same_ca else replace(job.work, current=None)
