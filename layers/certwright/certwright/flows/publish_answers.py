"""Give answers to the nodes."""

from dataclasses import replace

from certwright.domain.answer import Answer, shard_of
from certwright.domain.certificate import Publication
from certwright.flows.attempts import note_stage, open_attempt, with_attempt
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop


def publish_answers(workshop: Workshop, job: Job, answers: tuple[Answer, ...]) -> Effect:
    """Put the answers, move their shards on, and save which generations will show them."""
    generations = workshop.answers.publish(answers)
    attempt = open_attempt(job)
    kept = tuple(item for item in attempt.publications if item.answer not in answers)
    new = tuple(Publication(answer, shard_of(answer), generations[shard_of(answer)]) for answer in answers)
    attempt = replace(attempt, publications=kept + new, zones_generation=generations["zones"], is_visible=False)
    return Effect(with_attempt(job, note_stage(attempt, "published", workshop.clock.now())), is_durable=True)
