"""The Prometheus text format, version 0.0.4 (prometheus.io: exposition formats)."""

from collections.abc import Iterable, Iterator
from typing import Final

from dnsnode.metrics import Key, Kind, Metric, Reading

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PREFIX: Final = "dnsnode_"


def render(readings: Iterable[Reading]) -> str:
    """Write all readings."""
    return "".join(line for reading in readings for line in _lines(reading))


def full_name(metric: Metric) -> str:
    """Name a metric as its format wants it: a counter ends in _total."""
    return f"{PREFIX}{metric.name}{'_total' if metric.kind is Kind.COUNTER else ''}"


def _lines(reading: Reading) -> Iterator[str]:
    metric = reading.metric
    name = full_name(metric)
    yield f"# HELP {name} {_escape(metric.text)}\n"
    yield f"# TYPE {name} {metric.kind}\n"
    for labels, value in sorted(reading.values.items()):
        yield f"{name}{_label_set(metric, labels)} {value:.15g}\n"


def _label_set(metric: Metric, values: Key) -> str:
    if not values:
        return ""
    pairs = zip(metric.labels, values, strict=True)
    return "{" + ",".join(f'{name}="{_escape(value, quote=True)}"' for name, value in pairs) + "}"


def _escape(text: str, *, quote: bool = False) -> str:
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n")
    return escaped.replace('"', '\\"') if quote else escaped
