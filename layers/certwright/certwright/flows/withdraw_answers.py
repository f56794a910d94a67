"""Take an attempt's answers from the nodes."""

from dataclasses import replace

from certwright.flows.attempts import open_attempt, with_attempt
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop


def withdraw_answers(workshop: Workshop, job: Job) -> Effect:
    """Delete the answers and move their shards on; nobody waits for the nodes to notice."""
    attempt = open_attempt(job)
    workshop.answers.withdraw(item.answer for item in attempt.publications)
    return Effect(with_attempt(job, replace(attempt, publications=())))
