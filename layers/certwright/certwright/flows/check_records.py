"""Look at the records of every identifier of a certificate, freshly."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from certwright.domain.owner import Owner, Zone
from certwright.domain.records import NameCheck, first_problem
from certwright.domain.renewal import DAY
from certwright.flows.job import Effect, Job
from certwright.flows.wanted_records import Wanted, wanted_records
from certwright.flows.world import Workshop

CHECKS_AT_ONCE = 8
UNUSED_ZONE_KEPT = 30 * DAY


def check_records(workshop: Workshop, job: Job) -> Effect:
    """Walk every delegation and address, and note which zones are in use."""
    if job.owner is None:
        raise ValueError(f"{job.desired.id} has no owner.")
    wanted = wanted_records(workshop.registry, workshop.settings, job.desired, job.owner)
    checks = _look(workshop, wanted)
    now = workshop.clock.now()
    _note_zones(workshop, job.owner, checks, now)
    waiting_since = (job.work.waiting_since or now) if first_problem(checks) else 0
    work = replace(job.work, checks=checks, checked_at=now, waiting_since=waiting_since)
    return Effect(replace(job, work=work))


def _look(workshop: Workshop, wanted: Wanted) -> tuple[NameCheck, ...]:
    checks = workshop.checks
    with ThreadPoolExecutor(CHECKS_AT_ONCE) as pool:
        delegations = pool.map(checks.check_delegation, wanted.delegations)
        addresses = pool.map(checks.check_address, wanted.addresses)
        return (*delegations, *addresses)


def _note_zones(workshop: Workshop, owner: Owner, checks: tuple[NameCheck, ...], now: int) -> None:
    """Keep to the day when each zone was last seen in use, and drop a retiring one that is unused for long."""
    used = {check.target.partition(".")[2] for check in checks if check.target}
    for zone in workshop.registry.zones.list_all():
        if zone.origin in used and now - zone.used_at > DAY:
            workshop.registry.zones.update(zone, replace(zone, used_at=now))
        elif zone.owner == owner.id and zone.is_retiring and now - zone.used_at > UNUSED_ZONE_KEPT:
            _drop(workshop, zone)


def _drop(workshop: Workshop, zone: Zone) -> None:
    workshop.answers.withdraw_zone(zone.origin)
    workshop.registry.zones.remove(zone)
