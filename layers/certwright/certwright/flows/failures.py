"""What follows when a CA refuses or does not answer in the middle of a step."""

from dataclasses import replace

from certwright.domain.ca_choice import IS_DOWN, find_trouble, has_another, note_trouble
from certwright.domain.certificate import Desired, Work
from certwright.domain.dry_run import Verdict
from certwright.domain.errors import CaRefusal, CertwrightError, InvalidRequest, NotFound, Unavailable
from certwright.domain.limits import unpause_link
from certwright.domain.next_step import ORDER_NOT_PLACED
from certwright.domain.problem import Actor, Problem, shorten
from certwright.domain.renewal import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    longest_wait,
    look_again_after,
    next_round,
    obey,
    try_again_after,
)
from certwright.domain.steps import Wait
from certwright.flows.job import Effect, Job

TRANSIENT = frozenset({"rateLimited", "serverInternal", "badNonce"})


PATIENT_FAILURES = 3
"""After so many failures in a row a CA that is down is taken to be so for long."""


def is_transient(refusal: CaRefusal) -> bool:
    """Tell whether the same request may succeed later without anybody changing anything (RFC 8555 §6.6, §6.7)."""
    return refusal.type in TRANSIENT or refusal.status in (429, 503) or refusal.status >= 500


def after_refusal(job: Job, refusal: CaRefusal, now: int) -> Effect:
    """Keep an attempt with an order and wait when the refusal is transient, else end the attempt with it.

    Without an attempt (the account was refused) the next is put off as after a failed one.
    """
    problem, attempt = _paused(refusal) or refusal.problem, job.work.attempt
    asked_for = int(refusal.retry_after_seconds * SECOND)
    if attempt and attempt.order_url and is_transient(refusal):
        return Effect(job, Wait(now + (obey(asked_for, _remaining(job.work, now)) or MINUTE), problem.code, problem))
    work = replace(job.work, retry_at=now + asked_for) if asked_for else job.work
    if attempt is None:
        return Effect(replace(job, work=back_off(job.desired, work, problem, now)))
    return Effect(replace(job, work=replace(work, attempt=replace(attempt, problem=problem))))


def _paused(refusal: CaRefusal) -> Problem | None:
    """Name the link by which a person lets paused names through again, where the CA gives one."""
    link = unpause_link(refusal.sentence)
    if not link:
        return None
    sentence = f"The CA has paused these names after many failed validations: mend them, then open {link} to go on."
    return Problem("ca-paused", sentence, Actor.USER, wanted=link, ca_problem=refusal.document)


def back_off(desired: Desired, work: Work, problem: Problem, now: int) -> Work:
    """Count a failure, set when to try again, and have everything looked at anew before.

    At a CA that is down for long those come first that expire first.
    What the CA asked for is in `retry_at` already, and goes before our own schedule. Where it is the CA's own doing and
    another can be asked, that is done in a minute. A dry run has only one try: this is what it came to.
    """
    if desired.dry_run_of:
        return replace(work, verdict=Verdict(now, shorten(problem)), problem=problem, reason=problem.code)
    failures, asked_for, remaining = work.failures + 1, max(0, work.retry_at - now), _remaining(work, now)
    trouble = find_trouble(desired.account, problem.code, work.retry_at, now) if desired.cas else None
    if trouble:
        work = replace(work, ca_troubles=note_trouble(work.ca_troubles, trouble, now))
    if trouble and has_another(desired.cas, work.ca_troubles, now):
        retry_at = now + MINUTE
    elif problem.code in IS_DOWN and failures > PATIENT_FAILURES and remaining and not asked_for:
        # What could not be placed has waited for its round already.
        retry_at = now + MINUTE if problem.code == ORDER_NOT_PLACED.code else _next_turn(now, remaining)
    else:
        retry_at = now + try_again_after(failures, asked_for, remaining)
    return replace(work, failures=failures, retry_at=retry_at, problem=problem, reason=problem.code, checked_at=0)


def _remaining(work: Work, now: int) -> int | None:
    """Tell what is left of the certificate, None where there is none yet."""
    return work.current.not_after - now if work.current else None


def _next_turn(now: int, remaining: int) -> int:
    """Choose when to ask a CA again that has been down for long."""
    return min(next_round(now, remaining), now + longest_wait(remaining))


def after_silence(job: Job, silence: Unavailable, now: int) -> Effect:
    """Wait as long as was asked for, else a minute, longer while it lasts up to an hour, and say who was silent.

    After a day it is waited for in rounds: those that expire first come first.
    """
    waited = now - job.work.waiting_since if job.work.waiting_since else 0
    remaining = _remaining(job.work, now)
    asked_for = obey(int(silence.retry_after_seconds * SECOND), remaining)
    until = now + (asked_for or max(MINUTE, min(HOUR, look_again_after(waited))))
    if waited > DAY and remaining and not asked_for:
        until = _next_turn(now, remaining)
    actor = Actor.CA if silence.code.startswith("ca-") else Actor.US
    return Effect(job, Wait(until, silence.code, Problem(silence.code, silence.sentence, actor)))


def after_error(job: Job, error: CertwrightError, now: int) -> Effect:
    """Wait for an operator where neither the CA nor time can help: a setting, a policy.

    An attempt whose key is gone, or whose certificate can't be read, is ended: the next makes its own. An account that
    was given up is backed off from where another may be asked.
    """
    problem, attempt = Problem(error.code, error.sentence, Actor.OPERATOR), job.work.attempt
    if attempt is None and job.desired.cas and find_trouble(job.desired.account, problem.code, 0, now):
        return Effect(replace(job, work=back_off(job.desired, job.work, problem, now)))
    if isinstance(error, NotFound | InvalidRequest) and attempt and not attempt.is_over:
        return Effect(replace(job, work=replace(job.work, attempt=replace(attempt, problem=problem))))
    return Effect(job, Wait(now + HOUR, error.code, problem))
