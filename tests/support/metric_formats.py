"""Strict readers of the two forms in which the node tells its metrics."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
_UNITS = {"Seconds", "Count", "Bytes", "Percent", "None", "Milliseconds"}

type Labels = frozenset[tuple[str, str]]


@dataclass
class Family:
    """One metric of an exposition."""

    help: str
    kind: str = ""
    samples: dict[Labels, float] = field(default_factory=dict)


def read_exposition(text: str) -> dict[str, Family]:
    """Read Prometheus's text format 0.0.4; asserts HELP, then TYPE, then samples, and each name and label set once."""
    assert text.endswith("\n")
    families: dict[str, Family] = {}
    name = ""
    for line in text.splitlines():
        match line.split(" ", 3):
            case ["#", "HELP", name, explanation]:
                assert _NAME.fullmatch(name)
                assert name not in families
                families[name] = Family(explanation)
            case ["#", "TYPE", typed, kind]:
                assert (typed, families[name].kind) == (name, "")
                assert kind in ("counter", "gauge")
                assert kind == "gauge" or name.endswith("_total")
                families[name].kind = kind
            case _:
                _read_sample(line, name, families[name])
    assert all(family.samples for family in families.values())
    return families


def _read_sample(line: str, name: str, family: Family) -> None:
    found = _SAMPLE.fullmatch(line)
    assert found, line
    assert found[1] == name
    assert family.kind
    labels = _read_labels(found[2] or "")
    assert labels not in family.samples
    family.samples[labels] = float(found[3])


def _read_labels(text: str) -> Labels:
    pairs = []
    while text:
        found = _LABEL.match(text)
        assert found, text
        pairs.append((found[1], found[2].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")))
        text = text[found.end() :]
    assert len(dict(pairs)) == len(pairs)
    return frozenset(pairs)


def read_emf(line: str) -> list[tuple[str, dict[str, str], float]]:
    """Read a line of CloudWatch's embedded metric format; asserts what its specification demands.

    Returns (metric, dimensions, value) for each metric and set of dimensions.
    """
    document: dict[str, Any] = json.loads(line)
    assert len(line.encode()) < 1 << 20
    assert set(document["_aws"]) == {"Timestamp", "CloudWatchMetrics"}
    assert isinstance(document["_aws"]["Timestamp"], int)
    values = []
    for directive in document["_aws"]["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Namespace"]) <= 1024
        assert 1 <= len(directive["Metrics"]) <= 100
        assert len({metric["Name"] for metric in directive["Metrics"]}) == len(directive["Metrics"])
        for metric in directive["Metrics"]:
            assert set(metric) == {"Name", "Unit"}
            assert 1 <= len(metric["Name"]) <= 1024
            assert metric["Unit"] in _UNITS
            value = document[metric["Name"]]
            assert isinstance(value, int | float)
            assert not isinstance(value, bool)
            values += [(metric["Name"], _dimensions(document, keys), value) for keys in directive["Dimensions"]]
    return values


def _dimensions(document: dict[str, Any], keys: list[str]) -> dict[str, str]:
    assert len(keys) <= 30
    assert len(set(keys)) == len(keys)
    found = {key: document[key] for key in keys}
    for key, value in found.items():
        assert 1 <= len(key) <= 250
        assert isinstance(value, str)
        assert 1 <= len(value) <= 1024
    return found
