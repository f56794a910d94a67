"""The watch, called by its schedule."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from certwright import bootstrap
from certwright.domain.announcement import DIGEST
from certwright.domain.renewal import DAY
from functions.watch import handler as watch
from tests.fakes.bus import FakeBus
from tests.fakes.certificates import FakeOverview
from tests.support.deployment import Deployment


@dataclass
class Watched:
    """A deployment, and what the function sends about it."""

    capsys: pytest.CaptureFixture[str]
    town: Deployment = field(default_factory=Deployment)
    bus: FakeBus = field(default_factory=FakeBus)

    def metrics(self) -> dict[str, float]:
        """Run the function, and read the metrics that CloudWatch would take from its output."""
        watch.handler({}, None)
        lines = [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]
        (sent,) = [line for line in lines if "_aws" in line]
        (directive,) = sent["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Dimensions"]) == ("Certwright/test", [["service"]])
        assert sent["service"] == "watch"
        return {metric["Name"]: sum(_several(sent[metric["Name"]])) for metric in directive["Metrics"]}


def _several(value: Any) -> list[float]:
    return value if isinstance(value, list) else [value]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Watched:
    """Serve the function with fakes."""
    made = Watched(capsys)
    town = made.town
    parts = bootstrap.Lookout(
        town.clock, FakeOverview(town.store), town.nodes, town.owners, town.certificates, made.bus
    )
    monkeypatch.setattr(watch, "lookout", lambda: parts)
    return made


def test_every_run_sends_every_metric_that_an_alarm_misses(watched: Watched) -> None:
    """Zeros too: silence is what alarms go off at."""
    assert watched.metrics() == {"DueFor": 0, "Late": 0, "LateForUsers": 0, "LiveNodes": 2}


def test_late_certificates_are_counted_and_named_in_the_log(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Who is called at night finds the id, the names and the reason where the alarm sends them."""
    said: list[dict[str, Any]] = []
    monkeypatch.setattr(watch.logger, "warning", lambda _, **facts: said.append(facts))
    certificate_id = watched.town.issue()
    assert watched.metrics()["SoonestExpiry"] > 0
    watched.town.clock.advance(milliseconds=80 * DAY)
    assert watched.metrics()["Late"] == 1
    assert [(facts["certificate"], facts["state"]) for facts in said] == [(certificate_id, "issued")]


def test_a_digest_is_sent_when_its_schedule_says_so(watched: Watched) -> None:
    """Once a day, with its own input; other runs announce nothing."""
    watched.town.issue()
    watched.metrics()
    assert watched.bus.announced == []
    watch.handler({"digest": True}, None)
    (digest,) = watched.bus.announced
    assert (digest.kind, digest.detail["states"]) == (DIGEST, {"issued": 1})
