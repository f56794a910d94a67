"""Tell the CA that a challenge is ready."""

from dataclasses import replace

from certwright.domain.renewal import SECOND
from certwright.flows.attempts import SAVED_EVERY, connected, note_stage, open_attempt, placed_order, with_attempt
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop

FIRST_LOOK = SECOND // 10
"""How long a CA is given to validate before it is asked, unless it says otherwise."""


def answer_challenge(workshop: Workshop, job: Job, url: str) -> Effect:
    """Answer a challenge and remember that; after the last leave the order alone for a moment."""
    connected(job).ca.answer(url)
    now, attempt = workshop.clock.now(), open_attempt(job)
    attempt = replace(attempt, answered=(*attempt.answered, url))
    left = len(attempt.unanswered)
    if not left:
        attempt = note_stage(attempt, "answered", now)
        job = replace(job, order=replace(placed_order(job), retry_at=now + FIRST_LOOK))
    return Effect(with_attempt(job, attempt), is_durable=left % SAVED_EVERY == 0)
