"""What follows when a CA refuses or does not answer in the middle of a step."""

from dataclasses import replace

from certwright.domain.errors import CaRefusal, CertwrightError, Unavailable
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import HOUR, MINUTE, SECOND
from certwright.domain.steps import Wait
from certwright.flows.job import Effect, Job

TRANSIENT = frozenset({"rateLimited", "serverInternal", "badNonce"})


def is_transient(refusal: CaRefusal) -> bool:
    """Tell whether the same request may succeed later without anybody changing anything (RFC 8555 §6.6, §6.7)."""
    return refusal.type in TRANSIENT or refusal.status in (429, 503) or refusal.status >= 500


def after_refusal(job: Job, refusal: CaRefusal, now: int) -> Effect:
    """Keep the attempt and wait when the refusal is transient, else end the attempt with it.

    An attempt without an order is always ended: its checks would be stale when the CA lets us back.
    """
    until = now + int(refusal.retry_after_seconds * SECOND or MINUTE)
    problem, attempt = refusal.problem, job.work.attempt
    if attempt is None or attempt.is_over or (attempt.order_url and is_transient(refusal)):
        return Effect(job, Wait(until, problem.code, problem))
    retry_at = until if refusal.retry_after_seconds else 0
    work = replace(job.work, attempt=replace(attempt, problem=problem), retry_at=max(job.work.retry_at, retry_at))
    return Effect(replace(job, work=work))


def after_silence(job: Job, silence: Unavailable, now: int) -> Effect:
    """Wait as long as was asked for, else a minute, and say what did not answer."""
    until = now + int(silence.retry_after_seconds * SECOND or MINUTE)
    actor = Actor.CA if silence.code.startswith("ca-") else Actor.US
    return Effect(job, Wait(until, silence.code, Problem(silence.code, silence.sentence, actor)))


def after_error(job: Job, error: CertwrightError, now: int) -> Effect:
    """Wait for an operator where neither the CA nor time can help: a setting, a policy, a missing key."""
    return Effect(job, Wait(now + HOUR, error.code, Problem(error.code, error.sentence, Actor.OPERATOR)))
