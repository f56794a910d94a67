"""Small readings and changes of a job's attempt that several flows share."""

from dataclasses import replace
from hashlib import sha256

from certwright.domain.certificate import Attempt, Desired, Stage
from certwright.domain.order import Order
from certwright.flows.job import Connection, Job
from certwright.flows.world import Workshop

SAVED_EVERY = 10
"""After so many requests to the CA in a row what they brought is saved."""


def open_attempt(job: Job) -> Attempt:
    """Take the job's attempt; a step that needs one is only decided while there is one."""
    if job.work.attempt is None:
        raise ValueError(f"{job.desired.id} has no attempt.")
    return job.work.attempt


def read_key(workshop: Workshop, job: Job) -> bytes:
    """Read the private key of the job's attempt; empty where the user keeps it."""
    if job.desired.csr:
        return b""
    return job.new_key or workshop.pending_keys.read(job.desired.id, open_attempt(job).id)


def connected(job: Job) -> Connection:
    """Take the job's connection; a step that needs one is only decided after it was made."""
    if job.connection is None:
        raise ValueError(f"{job.desired.id} has no CA account connected.")
    return job.connection


def placed_order(job: Job) -> Order:
    """Take the job's order; a step that needs one is only decided after it was placed or read."""
    if job.order is None:
        raise ValueError(f"{job.desired.id} has no order.")
    return job.order


def with_attempt(job: Job, attempt: Attempt) -> Job:
    """Put a changed attempt into a job."""
    return replace(job, work=replace(job.work, attempt=attempt))


def note_stage(attempt: Attempt, name: str, now: int) -> Attempt:
    """Note that an attempt got something done; the first time counts."""
    if any(stage.name == name for stage in attempt.stages):
        return attempt
    return replace(attempt, stages=(*attempt.stages, Stage(name, now)))


def hold_key(desired: Desired) -> str:
    """Name what only one order may be in flight for: account, set of names, profile."""
    names = ",".join(sorted(desired.names))
    return f"{desired.account}#{sha256(f'{names}|{desired.profile}'.encode()).hexdigest()}"
