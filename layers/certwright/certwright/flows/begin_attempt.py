"""Begin an attempt: its own id, its own key, stored before anything is asked of the CA."""

from dataclasses import replace

from certwright.domain.bundle import private_key_of
from certwright.domain.certificate import Attempt, Stage
from certwright.flows.attempts import hold_key
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop


def begin_attempt(workshop: Workshop, job: Job, replaces: str) -> Effect:
    """Make a key or take the last one again, store it under a new attempt, then save the attempt with its hold.

    A crash between the two leaves a key that nothing names; the bucket's lifecycle clears it away. With a CSR there is
    no key of ours; one that was found to be compromised elsewhere is noted in place of an attempt.
    """
    desired, now = job.desired, workshop.clock.now()
    if desired.csr_key and workshop.registry.compromised_keys.is_noted(desired.csr_key):
        noted = (*job.work.compromised_keys, desired.csr_key)
        return Effect(replace(job, work=replace(job.work, compromised_keys=noted)), is_durable=True)
    attempt_id = workshop.chance.new_id("att_")
    key = b"" if desired.csr_key else _keep_key(workshop, job, attempt_id)
    attempt = Attempt(
        id=attempt_id,
        started_at=now,
        account=desired.account,
        public_key=desired.csr_key or workshop.keys.public_key(key),
        replaces=replaces,
        stages=(Stage("begun", now),),
    )
    # What was waited for is there now, or is tried anew: it is shown no longer.
    work = replace(job.work, attempt=attempt, reason="ca-at-work", problem=None)
    job = replace(job, work=work, order=None, takes_hold=hold_key(desired), new_key=key)
    return Effect(job, is_durable=True)


def _keep_key(workshop: Workshop, job: Job, attempt_id: str) -> bytes:
    """Store the attempt's key."""
    key = _last_key(workshop, job) or workshop.keys.generate(job.desired.key_type)
    workshop.pending_keys.keep(job.desired.id, attempt_id, key)
    return key


def _last_key(workshop: Workshop, job: Job) -> bytes:
    """Find the key of the current version where it is to be used again; empty where a new one is wanted."""
    if not job.desired.reuses_key or job.work.current is None:
        return b""
    key = private_key_of(workshop.versions.read_bundle(job.desired.id) or b"")
    unwanted = (*job.work.compromised_keys, *((asked.unwanted_key,) if (asked := job.desired.renewal) else ()))
    return b"" if not key or workshop.keys.public_key(key) in unwanted else key
