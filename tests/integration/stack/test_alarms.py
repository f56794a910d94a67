"""What the template watches: alarms and a dashboard of metrics that are really sent, for everything that can fail."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from dnsnode.emf import CHARGED, SERVICE, emf_name
from dnsnode.metrics import METRICS
from local.template import ROOT
from tests.support.stack import translated

OF_THE_STACK = "Certwright/${AWS::StackName}"
MOST_METRICS_OF_AN_ALARM = 10
QUIET_WITHOUT_DATA = {
    "AnnouncementsAreLateAlarm",
    "ApiFailsAlarm",
    "DeadLettersAlarm",
    "ExpiryIsNearAlarm",
    "FunctionsAreThrottledAlarm",
    "RehearsalsFailAlarm",
    "TablesAreThrottledAlarm",
    "WorkFailsAlarm",
    "WorkIsStuckAlarm",
}
"""Their metrics come only with what they tell of, or with use; the others come all the time."""
OF_AWS = {
    "AWS/ApiGateway": {"Count", "4xx", "5xx", "Latency"},
    "AWS/DynamoDB": {
        "ConsumedReadCapacityUnits",
        "ConsumedWriteCapacityUnits",
        "ReadThrottleEvents",
        "WriteThrottleEvents",
    },
    "AWS/Lambda": {"Duration", "Errors", "IteratorAge", "Throttles"},
    "AWS/NetworkELB": {"HealthyHostCount"},
    "AWS/SQS": {"ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesVisible"},
}
"""Metrics of AWS's own, under the names that its documentation has."""

type Dimensions = tuple[tuple[str, str], ...]
type Shown = tuple[str, str, Dimensions]


def _of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: item["Properties"] for name, item in translated()["Resources"].items() if item["Type"] == kind}


ALARMS = _of_type("AWS::CloudWatch::Alarm")


def _plain(value: Any) -> str:
    """Write a reference as `Fn::Sub` would have it: `${WorkQueue}`, `${WorkQueue.QueueName}`."""
    match value:
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Sub": text}:
            return str(text)
        case _:
            return str(value)


def _metric(metric: Mapping[str, Any]) -> Shown:
    dimensions = ((item["Name"], _plain(item["Value"])) for item in metric["Dimensions"])
    return _plain(metric["Namespace"]), metric["MetricName"], tuple(dimensions)


def _watched(name: str) -> list[Shown]:
    """List the metrics that an alarm goes by."""
    alarm = ALARMS[name]
    if "Metrics" not in alarm:
        return [_metric(alarm)]
    return [_metric(item["MetricStat"]["Metric"]) for item in alarm["Metrics"] if "MetricStat" in item]


def _dashboard() -> dict[str, Any]:
    (board,) = _of_type("AWS::CloudWatch::Dashboard").values()
    body: dict[str, Any] = json.loads(board["DashboardBody"]["Fn::Sub"])
    return body


def _charted() -> Iterator[Shown]:
    """List the metrics that the dashboard shows."""
    for widget in _dashboard()["widgets"]:
        for line in widget["properties"].get("metrics", ()):
            namespace, name, *rest = [item for item in line if not isinstance(item, dict)]
            yield namespace, name, tuple(zip(rest[::2], rest[1::2], strict=True))


def _sent() -> set[Shown]:
    """List the metrics of our own that the functions and the node send."""
    found = {
        (path.parent.name, name)
        for path in (ROOT / "functions").glob("*/handler.py")
        for name in re.findall(r'add_metric\(name="(\w+)"|[(]"(\w+)", MetricUnit', path.read_text())
        for name in filter(None, name)
    }
    of_node = {("node", emf_name(metric)) for metric in METRICS if metric.name in CHARGED}
    return {(OF_THE_STACK, name, (("service", service),)) for service, name in found | of_node}


def _is_sent(shown: Shown) -> bool:
    namespace, name, _ = shown
    return name in OF_AWS[namespace] if namespace.startswith("AWS/") else shown in _sent()


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_is_about_metrics_that_are_sent(name: str) -> None:
    """Of this stack only; it goes off without data wherever data always comes."""
    watched = _watched(name)
    assert [shown for shown in watched if not _is_sent(shown)] == []
    assert len(watched) <= MOST_METRICS_OF_AN_ALARM
    assert ALARMS[name]["TreatMissingData"] == ("notBreaching" if name in QUIET_WITHOUT_DATA else "breaching")


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_reaches_the_topic_that_was_named(name: str) -> None:
    """Also when it is over; without a topic it has no action, and is seen in CloudWatch alone."""
    wanted = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}
    assert (ALARMS[name]["AlarmActions"], ALARMS[name]["OKActions"]) == (wanted, wanted)


def test_throttling_is_noticed_of_every_function_and_table() -> None:
    """One that is added must be added to its alarm too."""
    functions = {dict(shown[2])["FunctionName"] for shown in _watched("FunctionsAreThrottledAlarm")}
    assert functions == {f"${{{name}}}" for name in _of_type("AWS::Lambda::Function")}
    tables = {dict(shown[2])["TableName"] for shown in _watched("TablesAreThrottledAlarm")}
    assert tables == {f"${{{name}}}" for name in _of_type("AWS::DynamoDB::Table")}


def test_the_dashboard_shows_metrics_that_are_sent() -> None:
    """A chart of a metric that nobody sends would be empty for ever, and nobody would know why."""
    assert [shown for shown in _charted() if not _is_sent(shown)] == []


def test_the_dashboard_shows_every_alarm_and_every_metric_that_is_charged_for() -> None:
    """What is neither watched nor shown is not worth what CloudWatch takes for it."""
    (alarms,) = [item["properties"]["alarms"] for item in _dashboard()["widgets"] if item["type"] == "alarm"]
    assert sorted(alarms) == sorted(f"${{{name}.Arn}}" for name in ALARMS)
    assert _sent() - set(_charted()) == set()


def test_the_widgets_of_the_dashboard_lie_side_by_side() -> None:
    """On a grid of 24 columns, none over another."""
    taken: set[tuple[int, int]] = set()
    for widget in _dashboard()["widgets"]:
        columns = range(widget["x"], widget["x"] + widget["width"])
        cells = {(x, y) for x in columns for y in range(widget["y"], widget["y"] + widget["height"])}
        assert columns[-1] < 24
        assert not cells & taken
        taken |= cells


def test_everything_the_dashboard_refers_to_is_in_the_stack() -> None:
    """`Fn::Sub` fails a deployment over a name that there is not."""
    (board,) = _of_type("AWS::CloudWatch::Dashboard").values()
    names = {name.partition(".")[0] for name in re.findall(r"\$\{([^}]+)\}", board["DashboardBody"]["Fn::Sub"])}
    assert {name for name in names if not name.startswith("AWS::")} <= set(translated()["Resources"])


def test_what_the_node_sends_bears_the_dimension_that_alarms_ask_for() -> None:
    """`service` is `node` there and here."""
    assert SERVICE == {"service": "node"}
