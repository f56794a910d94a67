"""Tell the CA that challenges are ready."""

from dataclasses import replace

from certwright.domain.renewal import SECOND
from certwright.flows.attempts import connected, note_stage, open_attempt, with_attempt
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop

FIRST_LOOK = SECOND // 2
"""How long a CA is given to validate before it is asked, unless it says otherwise."""


def answer_challenges(workshop: Workshop, job: Job, urls: tuple[str, ...]) -> Effect:
    """Answer every challenge, remember that, and leave the order alone for a moment."""
    for url in urls:
        connected(job).ca.answer(url)
    now, attempt = workshop.clock.now(), open_attempt(job)
    order = replace(job.order, retry_at=now + FIRST_LOOK) if job.order else None
    job = with_attempt(job, note_stage(replace(attempt, answered=(*attempt.answered, *urls)), "answered", now))
    return Effect(replace(job, order=order))
