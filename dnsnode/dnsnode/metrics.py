"""What a node measures, as values without a format: `prometheus` and `emf` write them.

The names follow what DNS servers call them (CoreDNS, NSD). A label's values come from a short fixed list, never from
what a client sent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

type Key = tuple[str, ...]
"""A metric's name, and the values of its labels."""


class Kind(StrEnum):
    """How a metric's values behave, in Prometheus's words."""

    COUNTER = "counter"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is measured."""

    name: str
    kind: Kind
    text: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric's values now, by the values of its labels."""

    metric: Metric
    values: Mapping[Key, float]


@dataclass(frozen=True, slots=True)
class Tally:
    """What one process has counted since it started, and what it holds now."""

    counters: Mapping[Key, int] = field(default_factory=dict)
    gauges: Mapping[Key, int] = field(default_factory=dict)

    def without_gauges(self) -> "Tally":
        """Keep what stays true after the process has ended."""
        return Tally(self.counters)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a node keeps up with where its answers come from.

    `age_seconds` is the time since the last complete read, None before the first. `lag` counts the generation counters
    whose last value read is not acknowledged, `skipped` the bad items.
    """

    age_seconds: float | None
    lag: int = 0
    skipped: int = 0


DNS_QUERIES: Final = "dns_queries"
DNS_TRUNCATED: Final = "dns_truncated"
DNS_RATE_LIMITED: Final = "dns_rate_limited"
HTTP_REQUESTS: Final = "http_requests"
TCP_CONNECTIONS: Final = "tcp_connections"

METRICS: Final = (
    Metric(
        DNS_QUERIES,
        Kind.COUNTER,
        "DNS messages received, by protocol and by what they got; silent is no response.",
        ("protocol", "outcome"),
    ),
    Metric(DNS_TRUNCATED, Kind.COUNTER, "UDP responses cut because they were too long."),
    Metric(DNS_RATE_LIMITED, Kind.COUNTER, "UDP responses cut because their client's network asked too much."),
    Metric(HTTP_REQUESTS, Kind.COUNTER, "HTTP-01 requests, by the status of their response.", ("status",)),
    Metric("worker_restarts", Kind.COUNTER, "Workers that died, or were killed for their silence, and were replaced."),
    Metric(TCP_CONNECTIONS, Kind.GAUGE, "TCP connections open now, by port.", ("port",)),
    Metric("workers", Kind.GAUGE, "Worker processes that answer."),
    Metric("ready", Kind.GAUGE, "1 from the ready line until the node is told to stop, else 0."),
    Metric("snapshot_age_seconds", Kind.GAUGE, "Seconds since the last complete read of what is served."),
    Metric("generation_lag", Kind.GAUGE, "Generation counters whose last value read is not acknowledged yet."),
    Metric("live_answers", Kind.GAUGE, "Names with TXT and HTTP-01 tokens that are served."),
    Metric("zones", Kind.GAUGE, "Zones served."),
    Metric("skipped_items", Kind.GAUGE, "Stored items skipped because they are bad."),
)


def read(values: Mapping[Key, float]) -> list[Reading]:
    """Sort values under their metrics; a metric without labels that has no value is left out."""
    found: dict[str, dict[Key, float]] = {metric.name: {} for metric in METRICS}
    for (name, *labels), value in values.items():
        found[name][tuple(labels)] = value
    return [Reading(metric, found[metric.name]) for metric in METRICS if found[metric.name]]


def total(tallies: Iterable[Tally]) -> Tally:
    """Add up the tallies of several processes."""
    counters: dict[Key, int] = {}
    gauges: dict[Key, int] = {}
    for tally in tallies:
        for sums, values in ((counters, tally.counters), (gauges, tally.gauges)):
            for key, value in values.items():
                sums[key] = sums.get(key, 0) + value
    return Tally(counters, gauges)
