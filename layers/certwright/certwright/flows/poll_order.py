"""Read the order of an attempt."""

from dataclasses import replace

from certwright.flows.attempts import connected, open_attempt
from certwright.flows.job import Effect, Job


def poll_order(job: Job) -> Effect:
    """Read the order at the CA; raises `CaRefusal` when the CA knows it no longer."""
    order = connected(job).ca.fetch_order(open_attempt(job).order_url)
    return Effect(replace(job, order=order))
