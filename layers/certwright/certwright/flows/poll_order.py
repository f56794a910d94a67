"""Read the order of an attempt."""

from dataclasses import replace

from certwright.domain.order import Status
from certwright.domain.renewal import SECOND
from certwright.flows.attempts import connected, open_attempt
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop

PACES = ((SECOND, SECOND // 10), (10 * SECOND, SECOND // 2), (60 * SECOND, 2 * SECOND))
"""Until the last thing an attempt got done is so long ago, its order is read so often; after that every 10 seconds."""
SLOW_PACE = 10 * SECOND


def poll_order(workshop: Workshop, job: Job) -> Effect:
    """Read the order at the CA, and leave it alone for a while where the CA sets no pace of its own.

    Raises `CaRefusal` when the CA knows it no longer.
    """
    attempt = open_attempt(job)
    order = connected(job).ca.fetch_order(attempt.order_url)
    now = workshop.clock.now()
    if order.status in (Status.PENDING, Status.PROCESSING) and order.retry_at <= now:
        age = now - max((stage.at for stage in attempt.stages), default=attempt.started_at)
        pace = next((pace for limit, pace in PACES if age < limit), SLOW_PACE)
        order = replace(order, retry_at=now + pace)
    return Effect(replace(job, order=order))
