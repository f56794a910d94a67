"""Runs every minute: sends what is due to the queue, and sees that a new deployment has its owner and admin token."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from certwright import bootstrap
from certwright.flows.ca_accounts import own_definition
from certwright.flows.enqueue_due import enqueue_due, enqueue_patrol, enqueue_unsettled
from certwright.flows.read_vitals import SWEEP

logger = Logger(service="certwright-renewal")
metrics = Metrics(service="renewal")


@cache
def sweep() -> bootstrap.Sweep:
    """Build what the sweep needs, at its first run, and make what a new deployment needs."""
    built = bootstrap.build_sweep()
    bootstrap.ensure_first_run(built)
    return built


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Enqueue what is due, and the patrol that a schedule's own input names."""
    parts = sweep()
    parts.beats.note(SWEEP, parts.clock.now())
    if beat := event.get("patrol"):
        enqueue_patrol(parts.owners, parts.queue, beat)
    sent = enqueue_due(parts.jobs, parts.queue, parts.clock, parts.settings.schedule_grace_seconds)
    enqueue_unsettled(parts.cas, parts.standings, parts.queue, parts.clock, own_definition(parts.settings))
    metrics.add_metric(name="Enqueued", unit=MetricUnit.Count, value=sent)
    logger.info("swept", enqueued=sent)
    return {"enqueued": sent}
