"""How the deployment stands, over HTTP."""

import pytest

from certwright.domain.answer import Generations, NodeRow
from certwright.domain.errors import Unavailable
from certwright.flows.read_vitals import SWEEP, Instruments
from functions.api import handler as api
from tests.fakes.answers import FakeAnswers, FakeNodes
from tests.fakes.beats import FakeBeats
from tests.fakes.certificates import CertificateStore, FakeOverview
from tests.fakes.queue import FakeQueue
from tests.functions.conftest import Callers

STACK = "GET /v1/stack"


class Silent(FakeQueue):
    """A queue that does not answer."""

    def depth(self) -> int:
        raise Unavailable("AWS sqs did not answer in time.", code="sqs-unavailable")


class OneNode(FakeNodes):
    """A node that serves for another minute."""

    def list_rows(self) -> tuple[NodeRow, ...]:
        now = self._clock.now()
        return (NodeRow("task-1", Generations(), now + 60_000, (), now),)


@pytest.fixture
def instruments(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> Instruments:
    """What the function looks with, all well."""
    clock = callers.desk.clock
    made = Instruments(
        clock,
        FakeOverview(CertificateStore()),
        FakeBeats(),
        OneNode(FakeAnswers(), clock),
        FakeQueue(clock),
        FakeQueue(clock),
    )
    made.beats.note(SWEEP, clock.now())
    monkeypatch.setattr(api, "instruments", lambda: made)
    return made


def test_an_operator_sees_how_everything_stands(callers: Callers, instruments: Instruments) -> None:
    """And where it is reached from outside; no secret's name is among it."""
    shown = callers.call(STACK)
    assert (shown.status, shown.json["ok"], shown.json["role"]) == (200, True, "admin")
    assert shown.json["addresses"] == ["192.0.2.1", "192.0.2.2"]
    assert [node["alive"] for node in shown.json["nodes"]] == [True]
    assert "ecret" not in shown.body


def test_what_is_broken_hides_nothing_else(
    callers: Callers, instruments: Instruments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that is silent is one broken check of many."""
    silent = Instruments(
        instruments.clock,
        instruments.overview,
        FakeBeats(),
        instruments.nodes,
        Silent(instruments.clock),
        instruments.dead_letters,
    )
    monkeypatch.setattr(api, "instruments", lambda: silent)
    shown = callers.call(STACK).json
    broken = {item["check"]: item["message"] for item in shown["checks"] if not item["ok"]}
    assert set(broken) == {"queue", "schedule"}
    assert "did not answer" in broken["queue"]
    assert (shown["ok"], shown["messages"]) == (False, None)


def test_it_is_for_operators(callers: Callers, instruments: Instruments) -> None:
    """It tells of everybody's work."""
    assert callers.call(STACK, "requester").json["code"] == "role-not-sufficient"
