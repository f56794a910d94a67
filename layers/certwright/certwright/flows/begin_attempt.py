"""Begin an attempt: its own id, its own key, stored before anything is asked of the CA."""

from dataclasses import replace

from certwright.domain.certificate import Attempt, Stage
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop


def begin_attempt(workshop: Workshop, job: Job, replaces: str) -> Effect:
    """Make a key, store it under a new attempt, then save the attempt.

    A crash between the two leaves a key that nothing names; the bucket's lifecycle clears it away.
    """
    desired, now = job.desired, workshop.clock.now()
    attempt_id = workshop.chance.new_id("att_")
    key = workshop.keys.generate(desired.key_type)
    workshop.pending_keys.keep(desired.id, attempt_id, key)
    attempt = Attempt(
        id=attempt_id,
        started_at=now,
        account=desired.account,
        public_key=workshop.keys.public_key(key),
        replaces=replaces,
        stages=(Stage("begun", now),),
    )
    # What was waited for is there now, or is tried anew: it is shown no longer.
    work = replace(job.work, attempt=attempt, reason="ca-at-work", problem=None)
    return Effect(replace(job, work=work, order=None), is_durable=True)
