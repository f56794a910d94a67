"""Read the authorizations of an order, one at a time."""

from dataclasses import replace

from certwright.domain.certificate import Attempt
from certwright.domain.order import Authorization, Status
from certwright.domain.problem import Actor, Problem
from certwright.domain.publication import build_publication
from certwright.flows.attempts import SAVED_EVERY, connected, open_attempt, placed_order, with_attempt
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop

CHALLENGE_NOT_OFFERED = Problem(
    "challenge-not-offered",
    "The CA does not offer the challenge this certificate is proven by: ask another CA, or use DNS-01.",
    Actor.OPERATOR,
)


def read_authorization(_: Workshop, job: Job, url: str) -> Effect:
    """Read an authorization and name the answer it needs, unless it is valid already.

    Answers are saved before they are put, so that whatever happens next, they can be withdrawn; with many names also
    on the way, so that a slow CA is not asked for all of them again.
    """
    attempt = open_attempt(job)
    authorization = connected(job).ca.fetch_authorization(url)
    unread = placed_order(job).authorization_urls if attempt.unread is None else attempt.unread
    attempt = _with_answer(job, replace(attempt, unread=tuple(each for each in unread if each != url)), authorization)
    return Effect(with_attempt(job, attempt), is_durable=len(attempt.unread or ()) % SAVED_EVERY == 0)


def _with_answer(job: Job, attempt: Attempt, authorization: Authorization) -> Attempt:
    if authorization.status is not Status.PENDING:
        return attempt
    new = build_publication(job.desired, job.work, connected(job).account, attempt, authorization)
    if new is None:
        return replace(attempt, problem=replace(CHALLENGE_NOT_OFFERED, subject=authorization.name))
    others = tuple(item for item in attempt.publications if item.answer != new.answer)
    return replace(attempt, publications=(*others, new))
