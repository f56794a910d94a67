"""The metrics' two formats as pure functions: escaping, deltas, dimensions and bounds."""

import json

from dnsnode.emf import CHARGED, EmfWriter, emf_name
from dnsnode.metrics import METRICS, Key, Kind, Metric, Reading, Tally, read, total
from dnsnode.prometheus import render
from tests.support.metric_formats import read_emf, read_exposition

HOSTILE = 'a"b\\c\nd,e="f"} 1'


def emf(values: dict[Key, float], writer: EmfWriter) -> list[tuple[str, dict[str, str], float]]:
    """Write values and read the lines back."""
    return [found for line in writer.write(read(values), 1_700_000_000_000) for found in read_emf(line)]


def test_labels_and_help_are_escaped_for_prometheus() -> None:
    """What would end a label, a line or a word is read back as it was."""
    metric = Metric("odd", Kind.GAUGE, "one\ntwo \\ three", ("label",))
    (family,) = read_exposition(render([Reading(metric, {(HOSTILE,): 1.5})])).values()
    assert family.samples == {frozenset({("label", HOSTILE)}): 1.5}
    assert family.help == r"one\ntwo \\ three"


def test_large_counters_keep_every_digit() -> None:
    """A counter of years of queries does not turn into a rounded power of ten."""
    assert "dnsnode_dns_truncated_total 123456789012345\n" in render(read({("dns_truncated",): 123_456_789_012_345}))


def test_counters_are_told_to_cloudwatch_as_what_was_added() -> None:
    """Nothing is told of a labelled counter that stood still; one without labels is told as 0."""
    writer = EmfWriter("Certwright")
    answered: Key = ("dns_queries", "udp", "answer")
    refused: Key = ("dns_queries", "udp", "refused")
    node = {"service": "node"}
    assert emf({answered: 5, refused: 1, ("worker_restarts",): 1}, writer) == [
        ("DnsQueries", node, 6),
        ("WorkerRestarts", node, 1),
    ]
    assert emf({answered: 5, refused: 1, ("worker_restarts",): 1}, writer) == [("WorkerRestarts", node, 0)]
    assert emf({answered: 7, refused: 1}, writer) == [("DnsQueries", node, 2)]


def test_what_cloudwatch_would_charge_for_in_vain_is_in_the_line_only() -> None:
    """Labels and other metrics can be queried in the log: gauges as they are, every time."""
    writer = EmfWriter("Certwright")
    values: dict[Key, float] = {("workers",): 2, ("tcp_connections", "dns"): 3, ("dns_queries", "udp", "answer"): 1}
    (first,) = writer.write(read(values), 0)
    assert json.loads(first)["more"] == {"Workers": 2, "TcpConnections": {"dns": 3}, "DnsQueries": {"udp_answer": 1}}
    (second,) = writer.write(read(values), 0)
    assert json.loads(second)["more"] == {"Workers": 2, "TcpConnections": {"dns": 3}}
    assert read_emf(second) == []


def test_what_is_charged_is_measured() -> None:
    """A name that no metric has would be told never; a gauge with labels would be told as a sum of unlike things."""
    charged = [metric for metric in METRICS if metric.name in CHARGED]
    assert len(charged) == len(CHARGED)
    assert not [metric for metric in charged if metric.labels and metric.kind is Kind.GAUGE]


def test_units_are_told_to_cloudwatch() -> None:
    """Seconds in the unit, not in the name."""
    (line,) = EmfWriter("Certwright").write(read({("snapshot_age_seconds",): 1.5}), 0)
    (directive,) = json.loads(line)["_aws"]["CloudWatchMetrics"]
    assert directive["Metrics"] == [{"Name": "SnapshotAge", "Unit": "Seconds"}]


def test_every_metric_has_a_name_of_its_own_in_both_formats() -> None:
    """No two become one, and no label hides the dimension that all have."""
    assert len({emf_name(metric) for metric in METRICS}) == len(METRICS)
    assert not [metric for metric in METRICS if "service" in metric.labels]
    assert all(metric.text.endswith(".") for metric in METRICS)


def test_tallies_add_up_and_the_dead_have_no_gauges() -> None:
    """What a worker counted stays when it is gone, what it held does not."""
    dead = Tally({("http_requests", "200"): 3}, {("tcp_connections", "dns"): 9}).without_gauges()
    living = Tally({("http_requests", "200"): 2, ("http_requests", "404"): 1}, {("tcp_connections", "dns"): 1})
    assert total([dead, living, living]) == Tally(
        {("http_requests", "200"): 7, ("http_requests", "404"): 2}, {("tcp_connections", "dns"): 2}
    )
