"""CloudWatch's embedded metric format: one JSON line in the log, from which CloudWatch makes metrics.

Counters are told as what was added since the line before, for CloudWatch adds up; gauges as they are. CloudWatch
charges for each metric, and for each set of labels: made into metrics is only what alarms and the stack's dashboard
show, sums over labels. All else is in the line too, under `more`, for queries of the log.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from dnsnode.metrics import Key, Kind, Metric, Reading

SERVICE: Final = {"service": "node"}
"""The dimension that all metrics have; other parts of the system tell theirs in the same namespace."""
CHARGED: Final = frozenset(
    {
        "dns_queries",
        "dns_rate_limited",
        "http_requests",
        "worker_restarts",
        "snapshot_age_seconds",
        "generation_lag",
        "skipped_items",
    }
)
"""What CloudWatch makes metrics of, each for 0.30 USD a month; the names are those of `metrics.METRICS`."""
_SECONDS: Final = "_seconds"


class EmfWriter:
    """Writes the lines of one node; it remembers what it wrote last."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._told: dict[tuple[str, Key], float] = {}

    def write(self, readings: Iterable[Reading], now_ms: int) -> list[str]:
        """Write what changed since the last call, as one line or none; `now_ms` is epoch milliseconds."""
        charged: dict[Metric, float] = {}
        more: dict[str, Any] = {}
        for metric, labels, value in self._changes(readings):
            if metric.name in CHARGED:
                charged[metric] = charged.get(metric, 0) + value
            if labels:
                more.setdefault(emf_name(metric), {})["_".join(labels)] = value
            elif metric.name not in CHARGED:
                more[emf_name(metric)] = value
        return [self._document(charged, more, now_ms)] if charged or more else []

    def _changes(self, readings: Iterable[Reading]) -> Iterator[tuple[Metric, Key, float]]:
        for reading in readings:
            for labels, value in reading.values.items():
                if reading.metric.kind is Kind.GAUGE:
                    yield reading.metric, labels, value
                    continue
                added = value - self._told.get((reading.metric.name, labels), 0)
                self._told[reading.metric.name, labels] = value
                if added or not labels:
                    yield reading.metric, labels, added

    def _document(self, charged: dict[Metric, float], more: dict[str, Any], now_ms: int) -> str:
        metrics = [{"Name": emf_name(metric), "Unit": _unit(metric)} for metric in charged]
        directive = {"Namespace": self._namespace, "Dimensions": [[*SERVICE]], "Metrics": metrics}
        document = {
            "_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [directive] if metrics else []},
            **SERVICE,
            **{emf_name(metric): value for metric, value in charged.items()},
            **({"more": more} if more else {}),
        }
        return json.dumps(document, separators=(",", ":"))


def emf_name(metric: Metric) -> str:
    """Name a metric in CloudWatch's manner: DnsQueries; the unit is not part of it."""
    return "".join(word.capitalize() for word in metric.name.removesuffix(_SECONDS).split("_"))


def _unit(metric: Metric) -> str:
    return "Seconds" if metric.name.endswith(_SECONDS) else "Count"
