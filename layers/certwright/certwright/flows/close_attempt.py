"""End an attempt: into the history, hold released, next try decided."""

from dataclasses import replace

from certwright.domain.certificate import ClosedAttempt, Work
from certwright.domain.dry_run import PASSED
from certwright.domain.problem import Problem
from certwright.domain.reservation import kept_places
from certwright.flows.attempts import hold_key, open_attempt
from certwright.flows.count_failures import count_failures
from certwright.flows.failures import back_off
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop


def close_attempt(workshop: Workshop, job: Job, problem: Problem | None) -> Effect:
    """Write the attempt into the history; after a failure set when the next may begin.

    A success needs no save of its own: the certificate is stored, and closing twice is closing once. A deleted
    certificate's record goes next, and its history is to stay.
    """
    attempt, now = replace(open_attempt(job), problem=problem), workshop.clock.now()
    if problem:
        count_failures(workshop, job)
    work = back_off(job.desired, job.work, problem, now) if problem else _after_success(job.work)
    places = kept_places(work.places, attempt, job.order.status if job.order else None)
    job = replace(job, work=replace(work, attempt=None, places=places), order=None, reserved_at=0)
    job = replace(job, closed=ClosedAttempt(attempt, now), drops_hold=hold_key(job.desired))
    return Effect(job, is_durable=problem is not None or job.desired.is_deleted)


def _after_success(work: Work) -> Work:
    reason = PASSED if work.verdict else "issued"
    return replace(work, failures=0, retry_at=0, problem=None, reason=reason, waiting_since=0)
