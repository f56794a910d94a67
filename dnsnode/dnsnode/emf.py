"""CloudWatch's embedded metric format: JSON lines in the log, from which CloudWatch makes metrics.

Counters are told as what was added since the line before, for CloudWatch adds up; gauges as they are. What has no
labels goes into one document. Each set of labels has a document of its own, with those labels as dimensions.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from dnsnode.metrics import Key, Kind, Metric, Reading

SERVICE: Final = {"service": "node"}
"""The dimension that all metrics have; other parts of the system tell theirs in the same namespace."""
_SECONDS: Final = "_seconds"


class EmfWriter:
    """Writes the documents of one node; it remembers what it wrote last."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._told: dict[tuple[str, Key], float] = {}

    def write(self, readings: Iterable[Reading], now_ms: int) -> list[str]:
        """Write what changed since the last call, a line each; `now_ms` is epoch milliseconds."""
        plain: dict[Metric, float] = {}
        lines = []
        for metric, labels, value in self._changes(readings):
            if labels:
                lines.append(self._document({metric: value}, now_ms, metric.labels, labels))
            else:
                plain[metric] = value
        return [self._document(plain, now_ms), *lines] if plain else lines

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

    def _document(
        self, values: Mapping[Metric, float], now_ms: int, names: Sequence[str] = (), labels: Sequence[str] = ()
    ) -> str:
        dimensions = dict(zip(names, labels, strict=True))
        sets = [[*SERVICE, *dimensions]]
        if dimensions and all(metric.kind is Kind.COUNTER for metric in values):
            sets.append([*SERVICE])  # the sum over all labels
        directive = {
            "Namespace": self._namespace,
            "Dimensions": sets,
            "Metrics": [{"Name": emf_name(metric), "Unit": _unit(metric)} for metric in values],
        }
        document = {
            "_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [directive]},
            **SERVICE,
            **dimensions,
            **{emf_name(metric): value for metric, value in values.items()},
        }
        return json.dumps(document, separators=(",", ":"))


def emf_name(metric: Metric) -> str:
    """Name a metric in CloudWatch's manner: DnsQueries; the unit is not part of it."""
    return "".join(word.capitalize() for word in metric.name.removesuffix(_SECONDS).split("_"))


def _unit(metric: Metric) -> str:
    return "Seconds" if metric.name.endswith(_SECONDS) else "Count"
