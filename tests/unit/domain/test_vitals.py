"""Whether a deployment is alive."""

from dataclasses import replace

import pytest

from certwright.domain.answer import Generations, NodeRow
from certwright.domain.renewal import MINUTE
from certwright.domain.vitals import Vitals, judge

NOW = 1_800_000_000_000
ROW = NodeRow("task-1", Generations(), NOW + 1, (), NOW - MINUTE)
WELL = Vitals(NOW, swept_at=NOW - MINUTE, due_at=NOW + MINUTE, waiting=3, dead=0, nodes=(ROW,))


def broken(vitals: Vitals) -> list[str]:
    """List what is not as it should be."""
    return [item.check for item in judge(vitals) if not item.is_ok]


def test_of_a_deployment_that_is_well_everything_is_told() -> None:
    """Each part, so that nobody takes silence for health."""
    assert broken(WELL) == []
    assert {item.check for item in judge(WELL)} == {
        "registry table", "schedule", "certificates table", "worker", "queue", "dead letters", "nodes table", "nodes"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("vitals", "check"),
    [
        (replace(WELL, swept_at=0), "schedule"),
        (replace(WELL, swept_at=NOW - 4 * MINUTE), "schedule"),
        (replace(WELL, due_at=NOW - 21 * MINUTE), "worker"),
        (replace(WELL, dead=1), "dead letters"),
        (replace(WELL, nodes=()), "nodes"),
        (replace(WELL, nodes=(replace(ROW, lease_until=NOW),)), "nodes"),
        (replace(WELL, nodes=(replace(ROW, problems=("bad item",)),)), "nodes"),
    ],
)
def test_what_is_broken_is_named(vitals: Vitals, check: str) -> None:
    """And nothing else."""
    assert broken(vitals) == [check]


def test_a_new_deployment_without_a_certificate_is_well() -> None:
    """There is nothing to work on."""
    assert broken(replace(WELL, due_at=None)) == []


def test_a_part_that_can_not_be_read_is_told_once() -> None:
    """With the reason; what was read beside it is told as always."""
    failures = (("certificates table", "It does not answer."), ("queue", "It does not answer."))
    vitals = replace(WELL, due_at=None, waiting=None, failures=failures)
    assert broken(vitals) == ["certificates table", "queue"]
    assert [item.check for item in judge(vitals)].count("certificates table") == 1
