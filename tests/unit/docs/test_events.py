"""What docs/events.md says against what is announced, and the alarms there are."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from certwright.adapters.eventbridge import build_entry
from certwright.domain.account_event import AccountChange, AccountEvent
from certwright.domain.announcement import announce_account, announce_change, announce_digest, announce_notice
from certwright.domain.certificate import Event
from certwright.domain.notice import About, Notice
from certwright.domain.shown import Summary

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/events.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)]
NOW = 1_800_000_000_000
SHOWN = Summary(
    "crt_1", "own_a", ("a.example",), 1, "failing", "order-invalid", "http-01", "pebble", 1, 2, NOW, 3, late_at=NOW
)


def detail(announcement: Any) -> Any:
    """Read what listeners get."""
    return json.loads(build_entry(announcement, "certwright")["Detail"])


def test_the_example_of_a_change_has_its_fields() -> None:
    """In the same order, of the same kinds."""
    real = detail(announce_change("crt_1", Event(NOW, "issued", "issued", "It is issued.", "request-1"), SHOWN))
    example = EXAMPLES[2]
    assert list(example) == list(real)
    assert [type(value) for value in example.values()] == [type(value) for value in real.values()]


def test_the_example_of_a_digest_has_its_fields() -> None:
    """Those of the certificates it names too."""
    real, example = detail(announce_digest([SHOWN], NOW)), EXAMPLES[5]
    assert list(example) == list(real)
    assert list(example["needing_attention"][0]) == list(real["needing_attention"][0])


def test_the_example_of_a_zone_has_its_fields() -> None:
    """In the same order."""
    notice = Notice(NOW, About.ZONE, "zon_1", "acme.example.com", "own_a", "broken", "zone-ds", "Delete the DS.")
    assert list(EXAMPLES[3]) == list(detail(announce_notice(notice)))


def test_the_example_of_a_ca_account_has_its_fields() -> None:
    """In the same order; what can happen to one is listed, every change and no other."""
    event = AccountEvent(NOW, "le", "https://ca.test", AccountChange.TERMS_CHANGED, "New terms.", "", "a", "b")
    assert list(EXAMPLES[4]) == list(detail(announce_account(event)))
    (paragraph,) = re.findall(r"`change` is one of (.*?)\.", DOCUMENT, re.DOTALL)
    assert set(re.findall(r"`([a-z-]+)`", paragraph)) - {"reason"} == set(AccountChange)


def test_the_examples_of_rules_match_what_is_sent() -> None:
    """Its source and detail type are ours."""
    entry = build_entry(announce_change("crt_1", Event(NOW, "issued", "issued", "It is issued."), SHOWN), "certwright")
    for rule in EXAMPLES[:2]:
        assert (rule["source"], rule["detail-type"]) == ([entry["Source"]], [entry["DetailType"]])


def test_every_alarm_is_listed() -> None:
    """And none that is not there; those that go off without data are told apart."""

    class Loader(yaml.SafeLoader):
        """YAML with CloudFormation's short forms, which don't matter here."""

    Loader.add_multi_constructor("!", lambda *_: None)
    resources = yaml.load((ROOT / "template.yaml").read_text(), Loader)["Resources"]  # noqa: S506 - a SafeLoader
    alarms = {
        name: item["Properties"]["TreatMissingData"] == "breaching"
        for name, item in resources.items()
        if item["Type"] == "AWS::CloudWatch::Alarm"
    }
    listed = re.findall(r"^\| `(\w+Alarm)` \|.*\| (yes|no)", DOCUMENT, re.MULTILINE)
    assert {name: told == "yes" for name, told in listed} == alarms
