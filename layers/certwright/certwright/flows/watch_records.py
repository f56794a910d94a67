"""Look at the records of an issued certificate, weeks before its renewal needs them."""

from dataclasses import replace

from certwright.domain.errors import CertwrightError
from certwright.domain.watching import LOOKED_AT_WITHIN, ask_for_look, put_off_look
from certwright.flows.check_ownership import check_ownership
from certwright.flows.check_records import check_records
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop

SHORT_LINE = 100
"""Looks are made while no more messages wait than these, so that they never keep a renewal waiting."""


def watch_records(workshop: Workshop, job: Job) -> Effect:
    """Look as before an order, and note what was found; nothing depends on it, so what fails is left for later.

    It is put off while others wait for a worker; not one that was asked for, nor for more than two weeks. Who asked for
    it is told at once what is wrong.
    """
    work, now = job.work, workshop.clock.now()
    ready = work if work.checked_at else ask_for_look(work, now)
    try:
        if _is_called_for(workshop, job, now):
            return check_records(workshop, check_ownership(workshop, replace(job, work=ready)).job)
    except CertwrightError:
        return Effect(replace(job, work=put_off_look(work, now)))
    return Effect(replace(job, work=put_off_look(work, now)))


def _is_called_for(workshop: Workshop, job: Job, now: int) -> bool:
    if job.owner is None or not job.owner.is_active:
        return False
    return now >= job.work.checked_at + LOOKED_AT_WITHIN or workshop.queue.depth() <= SHORT_LINE
