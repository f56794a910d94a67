"""The watch, called by its schedule."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from certwright import bootstrap
from certwright.domain.announcement import DIGEST
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import DAY, HOUR
from functions.watch import handler as watch
from tests.fakes.bus import FakeBus
from tests.fakes.certificates import FakeOverview
from tests.support.deployment import WILDCARD, Deployment


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
        town.clock, FakeOverview(town.store), town.nodes, town.owners, town.zones, town.certificates, made.bus
    )
    monkeypatch.setattr(watch, "lookout", lambda: parts)
    return made


def test_every_run_sends_every_metric_that_an_alarm_misses(watched: Watched) -> None:
    """Zeros too: silence is what alarms go off at."""
    assert watched.metrics() == {"DueFor": 0, "Late": 0, "LateForUsers": 0, "LiveNodes": 2, "ZonesInTrouble": 0}


def test_zones_in_trouble_are_counted_as_long_as_certificates_lead_to_them(watched: Watched) -> None:
    """A zone that was left by everybody would else ring for ever."""
    town = watched.town
    town.issue(*WILDCARD)
    now, zone = town.clock.now(), town.zone()
    problem = Problem("zone-ds", "Delete the DS.", Actor.USER)
    town.zones.update(zone, replace(zone, trouble_since=now, looked_at=now + HOUR, problem=problem))
    assert watched.metrics()["ZonesInTrouble"] == 1
    town.clock.advance(milliseconds=16 * DAY)
    assert watched.metrics()["ZonesInTrouble"] == 0


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
