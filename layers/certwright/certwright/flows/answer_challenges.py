"""Tell the CA that challenges are ready."""

from dataclasses import replace

from certwright.domain.order import Authorization, Order, Status
from certwright.domain.renewal import SECOND
from certwright.flows.attempts import connected, note_stage, open_attempt, with_attempt
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop

FIRST_LOOK = SECOND // 2
"""How long a CA is given to validate before it is asked, unless it says otherwise."""


def answer_challenges(workshop: Workshop, job: Job, urls: tuple[str, ...]) -> Effect:
    """Answer every challenge, and take each as being processed until the order is read again."""
    for url in urls:
        connected(job).ca.answer(url)
    now = workshop.clock.now()
    order = replace(_as_processing(job.order, urls), retry_at=now + FIRST_LOOK) if job.order else None
    job = with_attempt(job, note_stage(open_attempt(job), "answered", now))
    return Effect(replace(job, order=order))


def _as_processing(order: Order, urls: tuple[str, ...]) -> Order:
    def mark(authorization: Authorization) -> Authorization:
        challenges = tuple(
            replace(item, status=Status.PROCESSING) if item.url in urls else item for item in authorization.challenges
        )
        return replace(authorization, challenges=challenges)

    return replace(order, authorizations=tuple(mark(item) for item in order.authorizations))
