"""Runs every five minutes, apart from the work: measures what the alarms go by; and sends a digest once a day."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from certwright import bootstrap
from certwright.flows.announce import announce_daily
from certwright.flows.look_over import Report, look_over

logger = Logger(service="certwright-watch")
metrics = Metrics(service="watch")

MOST_LOGGED = 20


@cache
def lookout() -> bootstrap.Lookout:
    """Build what is looked with, at the first run."""
    return bootstrap.build_lookout()


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Look over everything; that the metrics come at all is what one alarm goes by."""
    parts = lookout()
    if event.get("digest"):
        announce_daily(parts.owners, parts.certificates, parts.bus, parts.clock)
    report = look_over(parts.overview, parts.nodes, parts.zones, parts.clock)
    for name, unit, value in measurements(report):
        metrics.add_metric(name=name, unit=unit, value=value)
    for late in report.late[:MOST_LOGGED]:
        logger.warning(
            "late", certificate=late.id, names=late.names, state=late.state, reason=late.reason, owner=late.owner
        )
    for zone in report.zones_in_trouble[:MOST_LOGGED]:
        code = zone.problem.code if zone.problem else ""
        logger.warning("zone in trouble", zone=zone.id, origin=zone.origin, reason=code, owner=zone.owner)
    logger.info("looked over", late=len(report.late), late_for_users=report.late_for_users)
    return {"late": len(report.late)}


def measurements(report: Report) -> list[tuple[str, MetricUnit, int]]:
    """List the metrics; without a certificate there is no soonest expiry."""
    measured = [
        ("DueFor", MetricUnit.Seconds, report.due_for_seconds),
        ("Late", MetricUnit.Count, len(report.late)),
        ("LateForUsers", MetricUnit.Count, report.late_for_users),
        ("LiveNodes", MetricUnit.Count, report.live_nodes),
        ("ZonesInTrouble", MetricUnit.Count, len(report.zones_in_trouble)),
    ]
    if report.soonest_expiry_seconds is not None:
        measured.append(("SoonestExpiry", MetricUnit.Seconds, report.soonest_expiry_seconds))
    return measured
