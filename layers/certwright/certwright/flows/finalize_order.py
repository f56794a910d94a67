"""Ask for the certificate of a ready order."""

from dataclasses import replace

from certwright.domain.errors import CaRefusal
from certwright.domain.order import Status
from certwright.domain.renewal import SECOND
from certwright.domain.steps import Wait
from certwright.flows.attempts import connected, note_stage, open_attempt, placed_order, read_key, with_attempt
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop

LOOK_AGAIN = SECOND // 2


def finalize_order(workshop: Workshop, job: Job) -> Effect:
    """Send the user's CSR, or one made with the attempt's stored key.

    A repeated call is decided by the order's status at the CA.
    """
    attempt, order = open_attempt(job), placed_order(job)
    csr = job.desired.csr or workshop.keys.build_csr(read_key(workshop, job), job.desired.names)
    try:
        order = connected(job).ca.finalize(order, csr)
    except CaRefusal as refusal:
        if refusal.type != "orderNotReady":
            raise
        return Effect(replace(job, order=None), Wait(workshop.clock.now() + LOOK_AGAIN, "ca-at-work"))
    now = workshop.clock.now()
    if order.status is Status.PROCESSING and order.retry_at == 0:
        order = replace(order, retry_at=now + LOOK_AGAIN)
    job = with_attempt(job, note_stage(attempt, "finalized", now))
    return Effect(replace(job, order=order))
