"""Look whether every live node serves an attempt's answers."""

from dataclasses import replace

from certwright.domain.answer import Counter, is_visible
from certwright.domain.certificate import Attempt
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import SECOND
from certwright.domain.steps import Wait
from certwright.flows.attempts import note_stage, open_attempt, with_attempt
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop

LOOK_AGAIN = SECOND // 20
PATIENCE = 15 * SECOND
LOOK_AGAIN_LATER = 10 * SECOND

NOT_SERVED = Problem(
    "answers-not-served",
    "The DNS nodes have not taken up the answers: see whether their tasks run and can read the answers table.",
    Actor.OPERATOR,
)


def await_visible(workshop: Workshop, job: Job) -> Effect:
    """Compare the nodes' acknowledgements with what was published; wait a little while they differ."""
    attempt, now = open_attempt(job), workshop.clock.now()
    if is_visible(workshop.nodes.list_rows(), _wanted(attempt), now):
        return Effect(with_attempt(job, note_stage(replace(attempt, is_visible=True), "visible", now)))
    published_at = next((stage.at for stage in attempt.stages if stage.name == "published"), now)
    if now < published_at + PATIENCE:
        return Effect(job, Wait(now + LOOK_AGAIN, "awaiting-nodes"))
    return Effect(job, Wait(now + LOOK_AGAIN_LATER, NOT_SERVED.code, NOT_SERVED))


def _wanted(attempt: Attempt) -> dict[Counter, int]:
    """Tell the generation that each shard, and the zones, must have reached."""
    wanted: dict[Counter, int] = {"zones": attempt.zones_generation}
    for item in attempt.publications:
        wanted[item.shard] = max(item.generation, wanted.get(item.shard, 0))
    return wanted
