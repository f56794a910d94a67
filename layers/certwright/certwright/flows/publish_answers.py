"""Give answers to the nodes."""

from dataclasses import replace

from certwright.domain.answer import Answer
from certwright.flows.attempts import note_stage, open_attempt, with_attempt
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop


def publish_answers(workshop: Workshop, job: Job, answers: tuple[Answer, ...]) -> Effect:
    """Put the answers, move their shards on, and note which generations will show them.

    That need not be saved at once: lost, it makes the same answers be put again.
    """
    generations = workshop.answers.publish(answers)
    attempt = open_attempt(job)
    publications = tuple(replace(item, generation=generations[item.shard]) for item in attempt.publications)
    attempt = replace(attempt, publications=publications, zones_generation=generations["zones"], is_visible=False)
    return Effect(with_attempt(job, note_stage(attempt, "published", workshop.clock.now())))
