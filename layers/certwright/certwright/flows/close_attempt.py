"""End an attempt: into the history, hold released, next try decided."""

from dataclasses import replace

from certwright.domain.certificate import ClosedAttempt, Work
from certwright.domain.problem import Problem
from certwright.flows.attempts import hold_key, open_attempt
from certwright.flows.failures import back_off
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop


def close_attempt(workshop: Workshop, job: Job, problem: Problem | None) -> Effect:
    """Write the attempt into the history; after a failure set when the next may begin."""
    attempt, now = replace(open_attempt(job), problem=problem), workshop.clock.now()
    work = back_off(job.work, problem, now) if problem else _after_success(job.work)
    job = replace(job, work=replace(work, attempt=None), order=None)
    return Effect(job, is_durable=True, closed=ClosedAttempt(attempt, now), drops_hold=hold_key(job.desired))


def _after_success(work: Work) -> Work:
    return replace(work, failures=0, retry_at=0, problem=None, reason="issued", waiting_since=0)
