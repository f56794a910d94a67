"""End an attempt: into the history, hold released, next try decided."""

from dataclasses import replace

from certwright.domain.certificate import ClosedAttempt, Work
from certwright.domain.problem import Problem
from certwright.domain.renewal import try_again_after
from certwright.flows.attempts import hold_key, open_attempt
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop


def close_attempt(workshop: Workshop, job: Job, problem: Problem | None) -> Effect:
    """Write the attempt into the history; after a failure set when the next may begin."""
    attempt, now = replace(open_attempt(job), problem=problem), workshop.clock.now()
    work = _after_failure(job.work, problem, now) if problem else _after_success(job.work)
    job = replace(job, work=replace(work, attempt=None), order=None)
    return Effect(job, is_durable=True, closed=ClosedAttempt(attempt, now), drops_hold=hold_key(job.desired))


def _after_failure(work: Work, problem: Problem, now: int) -> Work:
    """Back off (the CA's own Retry-After is in `retry_at` already), and look at everything anew before the next try."""
    failures = work.failures + 1
    remaining = work.current.not_after - now if work.current else None
    retry_at = max(work.retry_at, now + try_again_after(failures, 0, remaining))
    return replace(work, failures=failures, retry_at=retry_at, problem=problem, reason=problem.code, checked_at=0)


def _after_success(work: Work) -> Work:
    return replace(work, failures=0, retry_at=0, problem=None, reason="issued", waiting_since=0)
