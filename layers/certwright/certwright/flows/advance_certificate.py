"""Bring one certificate as far as it can go now: claim it, take step after step, save, and set when it is next due."""

from dataclasses import dataclass, replace

from certwright.domain.certificate import Work
from certwright.domain.errors import CaRefusal, CertwrightError, StaleRevision, Unavailable
from certwright.domain.next_step import next_step
from certwright.domain.renewal import SECOND
from certwright.domain.steps import Suspend, Wait
from certwright.flows.failures import after_error, after_refusal, after_silence
from certwright.flows.hasten import hasten
from certwright.flows.job import Effect, Job
from certwright.flows.perform import perform
from certwright.flows.world import Workshop
from certwright.ports import Changes, Managed, NotClaimed

LEASE = 90 * SECOND
LONGEST_NAP = 2 * SECOND
ALL_NAPS = 10 * SECOND
LONGEST_DELAY_SECONDS = 900
MOST_WAKES = 3
"""So often one invocation begins anew for who calls for attention meanwhile; then it is the sweep's turn."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended.

    `code` is the reason the certificate now waits for, or one of not-found, not-due, claimed, lost, removed.
    """

    code: str
    due_at: int = 0


def advance_certificate(workshop: Workshop, certificate_id: str, worker: str) -> Outcome:
    """Work on a certificate until it must wait; duplicates and early calls do nothing.

    `worker` names this invocation in the claim. Raises what is nobody's business but a developer's; the lease then
    ends by itself and the certificate is due again.
    """
    claimed = _claim(workshop, certificate_id, worker)
    if claimed is None:
        return Outcome("not-found")
    if isinstance(claimed, NotClaimed):
        return Outcome("claimed" if claimed.is_claimed else "not-due", claimed.due_at)
    try:
        return _work_on(workshop, _load(workshop, claimed))
    except StaleRevision:
        return Outcome("lost")


def _claim(workshop: Workshop, certificate_id: str, worker: str) -> Managed | NotClaimed | None:
    """Claim, and once more after a short sleep for one that is all but due (messages come in whole seconds)."""
    now = workshop.clock.now()
    claimed = workshop.jobs.claim(certificate_id, worker, now, now + LEASE)
    if not isinstance(claimed, NotClaimed) or claimed.is_claimed or claimed.due_at - now > LONGEST_NAP:
        return claimed
    workshop.clock.sleep(max(0, claimed.due_at - now) / SECOND)
    now = workshop.clock.now()
    return workshop.jobs.claim(certificate_id, worker, now, now + LEASE)


def _load(workshop: Workshop, managed: Managed) -> Job:
    owner = workshop.registry.owners.read(managed.desired.owner)
    return Job(managed.desired, _heed_wake(managed.work), managed.work, owner)


def _heed_wake(work: Work) -> Work:
    """Make every observation stale after a call for attention."""
    if work.wake == work.seen_wake:
        return work
    return replace(work, seen_wake=work.wake, checked_at=0, ownership_checked_at=0, window_check_at=0)


def _work_on(workshop: Workshop, job: Job) -> Outcome:
    nap_left, wakes = ALL_NAPS, 0
    while True:
        effect = _take_step(workshop, job)
        job = effect.job
        if effect.is_gone:
            return Outcome("removed")
        if effect.is_durable:
            job = _save(workshop, effect)
        if effect.wait is None:
            continue
        nap = max(0, effect.wait.until - workshop.clock.now())
        if effect.wait.is_for_sweep or nap > LONGEST_NAP or nap > nap_left:
            released = _release(workshop, job, effect.wait)
            if isinstance(released, Job) and wakes >= MOST_WAKES:
                at_once = replace(effect.wait, until=workshop.clock.now(), is_for_sweep=True)
                released = _release(workshop, released, at_once)
            if isinstance(released, Outcome):
                return released
            job, wakes = released, wakes + 1
            continue
        job = _save(workshop, Effect(job)) if job.work != job.saved else job
        workshop.clock.sleep(nap / SECOND)
        nap_left -= max(nap, SECOND // 20)


def _take_step(workshop: Workshop, job: Job) -> Effect:
    step = next_step(job.view, workshop.clock.now())
    if isinstance(step, Wait):
        return Effect(job, step)
    if isinstance(step, Suspend):
        return Effect(job, Wait(step.until, step.problem.code, step.problem))
    try:
        return perform(workshop, job, step)
    except CaRefusal as refusal:
        return after_refusal(job, refusal, workshop.clock.now())
    except Unavailable as silence:
        return after_silence(job, silence, workshop.clock.now())
    except StaleRevision:
        raise
    except CertwrightError as error:
        return after_error(job, error, workshop.clock.now())


def _save(workshop: Workshop, effect: Effect) -> Job:
    job = effect.job
    changes = Changes(
        job.desired, job.saved, job.work, workshop.clock.now(), closed=effect.closed, drops_hold=effect.drops_hold
    )
    stored = workshop.jobs.save(changes)
    return replace(job, work=stored, saved=stored)


def _release(workshop: Workshop, job: Job, wait: Wait) -> Outcome | Job:
    """Set when the certificate is next due and let go of it; if it was woken meanwhile, keep it and go on."""
    now = workshop.clock.now()
    work = replace(
        job.work,
        due_at=wait.until if wait.is_for_sweep else max(wait.until, now + SECOND),
        reason=wait.reason,
        problem=wait.problem,
        waiting_since=(job.work.waiting_since or now) if wait.problem else 0,
    )
    try:
        workshop.jobs.save(Changes(job.desired, job.saved, work, now, is_released=True))
    except StaleRevision:
        return _after_wake(workshop, job)
    delay_seconds = -(-(work.due_at - now) // SECOND)
    if delay_seconds <= LONGEST_DELAY_SECONDS and not wait.is_for_sweep:
        hasten(workshop.queue, job.desired.id, delay_seconds)
    return Outcome(wait.reason, work.due_at)


def _after_wake(workshop: Workshop, job: Job) -> Job:
    """Load a certificate again whose release failed; raises `StaleRevision` unless only `wake` has moved."""
    fresh = workshop.jobs.read_work(job.desired.id)
    if fresh is None or fresh.work.revision != job.saved.revision or fresh.work.wake == job.saved.wake:
        raise StaleRevision("Another worker has taken this certificate over.")
    work = _heed_wake(replace(job.work, wake=fresh.work.wake))
    return replace(job, desired=fresh.desired, work=work, saved=fresh.work)
