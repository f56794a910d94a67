"""docs/operations.md against the template: a section for each alarm, and what watching costs."""

import re
from pathlib import Path
from typing import Any

import pytest

from certwright.domain.cost import PRICES, Unit
from dnsnode.emf import CHARGED
from local.template import load

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=^##)", DOCUMENT, re.MULTILINE | re.DOTALL))
STEPS = ("Means", "Look", "Do", "Over")
RESOURCES = load().resources


def _of_type(kind: str) -> dict[str, Any]:
    return {name: item["Properties"] for name, item in RESOURCES.items() if item["Type"] == kind}


ALARMS = _of_type("AWS::CloudWatch::Alarm")


def test_every_alarm_has_a_section() -> None:
    """And no section is of an alarm that is not there."""
    assert sorted(SECTIONS) == sorted(ALARMS)


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_a_section_says_what_to_do(name: str) -> None:
    """What it means, where to look, what to do, and how one knows that it is over."""
    assert re.findall(r"^\*\*(\w+)\*\*: ", SECTIONS[name], re.MULTILINE) == list(STEPS)


def test_log_groups_and_functions_that_are_named_are_there() -> None:
    """A name that was changed in the template leads nowhere at night."""
    groups = {name for name, item in RESOURCES.items() if item["Type"] == "AWS::Logs::LogGroup"}
    assert set(re.findall(r"`(\w+Logs)`", DOCUMENT)) == groups
    services = set(re.findall(r'service = "certwright-(\w+)"', DOCUMENT))
    assert all((ROOT / "functions" / name / "handler.py").exists() for name in services)


def test_what_watching_costs_is_counted() -> None:
    """Metrics that are sent, the metrics in alarms, the dashboard; at the prices of the model."""
    told = {
        name: (int(number), float(price))
        for name, number, price in re.findall(
            r"^\| (metrics|alarms|the dashboard).*\| +(\d+) \| ([\d.]+) \|$", DOCUMENT, re.M
        )
    }
    functions = "".join(path.read_text() for path in (ROOT / "functions").glob("*/handler.py"))
    sent = set(re.findall(r'add_metric\(name="(\w+)"', functions)) | set(
        re.findall(r'\("(\w+)", MetricUnit', functions)
    )
    metrics = len(sent) + len(CHARGED)
    watched = sum(
        len([item for item in alarm["Metrics"] if "MetricStat" in item]) if "Metrics" in alarm else 1
        for alarm in ALARMS.values()
    )
    assert told["metrics"] == (metrics, round(metrics * PRICES[Unit.METRIC], 2))
    assert told["alarms"] == (watched, round(watched * PRICES[Unit.ALARM], 2))
    assert told["the dashboard"][0] == len(_of_type("AWS::CloudWatch::Dashboard"))
