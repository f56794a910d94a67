"""Rehearse a renewal some days before: a dry run of its own, whose failure is told and changes nothing else."""

from contextlib import suppress
from dataclasses import replace

from certwright.domain.ca_account import CaDefinition
from certwright.domain.certificate import Current, Event, Work
from certwright.domain.dry_run import REHEARSAL_TAKES, Rehearsal, judge_rehearsal, next_look
from certwright.domain.errors import Conflict
from certwright.domain.problem import Actor, Problem, shorten
from certwright.flows.ca_accounts import find_definition
from certwright.flows.hasten import hasten
from certwright.flows.job import Effect, Job
from certwright.flows.staging import find_staging, keep_staging
from certwright.flows.world import Workshop
from certwright.ports import Managed

UNFINISHED = Problem(
    "rehearsal-unfinished", "It did not come to an end within half a day; the renewal itself may still.", Actor.OPERATOR
)


def rehearse_renewal(workshop: Workshop, job: Job) -> Effect:
    """Name a dry run, then store it, then look at it until it has ended; each is saved before what follows."""
    current, rehearsal = job.work.current, job.work.rehearsal
    if current is None:
        raise ValueError(f"{job.desired.id} has no certificate to rehearse the renewal of.")
    if rehearsal is None or rehearsal.version != current.version:
        rehearsal = _name(workshop, current)
    elif not rehearsal.is_made:
        rehearsal = _make(workshop, job, rehearsal)
    else:
        rehearsal = _look(workshop, rehearsal)
    return Effect(replace(job, work=replace(job.work, rehearsal=rehearsal)), is_durable=True)


def _name(workshop: Workshop, current: Current) -> Rehearsal:
    return Rehearsal(current.version, workshop.chance.new_id("crt_"), workshop.clock.now())


def _make(workshop: Workshop, job: Job, rehearsal: Rehearsal) -> Rehearsal:
    """Store the dry run, which a crash may have stored before; without a staging there is nothing to rehearse at."""
    now, wanted = workshop.clock.now(), job.desired
    account = find_definition(workshop.registry, workshop.settings, wanted.account)
    staging = find_staging(workshop.registry, workshop.settings, account, now) if account else None
    if staging is None:
        return judge_rehearsal(rehearsal, None, now)
    keep_staging(workshop.registry, staging)
    with suppress(Conflict):
        workshop.certificates.create(_dry_run(job, rehearsal, staging, now), _requested(job, now), None)
    for domain in job.desired.dns_identifiers:
        workshop.registry.delegations.hold(job.desired.owner, domain, rehearsal.id)
    hasten(workshop.queue, rehearsal.id)
    return replace(rehearsal, is_made=True, look_at=next_look(rehearsal, now))


def _dry_run(job: Job, rehearsal: Rehearsal, staging: CaDefinition, now: int) -> Managed:
    desired = replace(
        job.desired,
        id=rehearsal.id,
        account=staging.name,
        created_at=now,
        revocations=(),
        cas=(),
        renewal=None,
        dry_run_of=job.desired.account,
        rehearse_days=0,
        is_untrusted=True,
    )
    return Managed(desired, Work(rehearsal.id, due_at=now))


def _requested(job: Job, now: int) -> Event:
    return Event(now, "waiting", "requested", f"Rehearses the next renewal of {job.desired.id}.")


def _look(workshop: Workshop, rehearsal: Rehearsal) -> Rehearsal:
    """See what has become of the dry run; one that is gone was deleted by somebody, and tells nothing."""
    now, found = workshop.clock.now(), workshop.jobs.read_work(rehearsal.id)
    if found is None:
        return judge_rehearsal(rehearsal, None, now)
    if found.work.verdict:
        return judge_rehearsal(rehearsal, found.work.verdict.problem, now)
    if now >= rehearsal.begun_at + REHEARSAL_TAKES:
        return judge_rehearsal(rehearsal, shorten(found.work.problem or UNFINISHED), now)
    return replace(rehearsal, look_at=next_look(rehearsal, now))
