"""The generation protocol under every order of its steps: two nodes, two publications, a crash, clocks, lost writes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pytest

from certwright.domain.answer import Counter, NodeRow
from dnsnode.lease import Lease
from dnsnode.replica import TERMS, Heartbeat, Instant, Replica
from tests.interleavings.generation_model import Scenario, Search
from tests.interleavings.model_node import Violation

BOTH = ("slow", "fast")
LAPSE = (58.0, 12.0)
"""The first leap ends the slow node's lease by the issuer's clock, both together end all leases, grace included."""

SCENARIOS = {
    "both nodes start": Scenario(running=(), polls={"slow": 2, "fast": 3}),
    "one runs, one starts, one crashes": Scenario(running=("slow",), polls={"slow": 2, "fast": 4}, crashes=1),
    "leases lapse, one crashes": Scenario(running=BOTH, polls={"slow": 1, "fast": 1}, leaps=LAPSE, crashes=1),
    "leases lapse, a row is lost or late": Scenario(
        running=BOTH, polls={"slow": 1, "fast": 1}, leaps=LAPSE, failures=1
    ),
    "leases lapse, one node comes back": Scenario(running=BOTH, polls={"slow": 2, "fast": 1}, leaps=LAPSE),
    "leases lapse, a clock is judged anew": Scenario(
        running=BOTH, polls={"slow": 0, "fast": 2}, leaps=LAPSE, misjudgements=1
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_no_schedule_breaks_a_promise(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is visible is served by every live node, nothing visible is denied, nothing is acknowledged unserved."""
    search = Search(SCENARIOS[name])
    schedules = search.run()
    with capsys.disabled():
        print(f"\n{name}: {schedules:,} schedules through {search.states:,} states")  # noqa: T201 - the size is the result
    assert schedules > 10_000


class AcknowledgesWhatItLoaded(Replica):
    """Does not wait for its workers."""

    def on_loaded(self, counter: Counter, number: int, problems: Sequence[str]) -> None:
        super().on_loaded(counter, number, problems)
        self.on_applied(number)


class ServesWithoutSecondRead(Replica):
    """Takes itself for joined as soon as its first row has landed."""

    def on_landed(self, heartbeat: Heartbeat, now: float) -> None:
        super().on_landed(heartbeat, now)
        self._registered_at = None
        self._answers_until = heartbeat.answers_until


class ServesUnderLeaseItOnlyRead(Replica):
    """Takes a read for a lease, whether the row landed or not."""

    @property
    def lease(self) -> Lease:
        if not self._is_answering:
            return super().lease
        until = (self._complete or 0.0) + TERMS.lease_seconds
        return replace(super().lease, denials_until=until, answers_until=until)


class PromisesTooShort(Replica):
    """Writes a lease that ends before the one it serves under."""

    def build_heartbeat(self, now: Instant, problems: Sequence[str] = ()) -> Heartbeat | None:
        heartbeat = super().build_heartbeat(now, problems)
        if heartbeat is None:
            return None
        return replace(heartbeat, row=replace(heartbeat.row, lease_until=heartbeat.row.lease_until - 10_000))


def has_no_grace(rows: Iterable[NodeRow], wanted: Mapping[Counter, int], now_ms: int) -> bool:
    """Do without the five seconds for clocks that differ."""
    live = [row for row in rows if row.lease_until > now_ms]
    return bool(live) and all(row.acks.covers(wanted) for row in live)


def asks_one_node(rows: Iterable[NodeRow], wanted: Mapping[Counter, int], now_ms: int) -> bool:
    """Take one node's word for all."""
    return any(row.lease_until > now_ms and row.acks.covers(wanted) for row in rows)


def has_later_lease(new: NodeRow, old: NodeRow) -> bool:
    """Take a later end of the lease for a later row."""
    return new.lease_until >= old.lease_until


STARTS, LAPSES = "one runs, one starts, one crashes", "leases lapse, one crashes"
LOST, RETURN = "leases lapse, a row is lost or late", "leases lapse, one node comes back"
STEPS = "leases lapse, a clock is judged anew"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (STARTS, {"replica": AcknowledgesWhatItLoaded}),
        (STARTS, {"replica": ServesWithoutSecondRead}),
        (RETURN, {"replica": ServesWithoutSecondRead}),
        (LOST, {"replica": ServesUnderLeaseItOnlyRead}),
        (LAPSES, {"replica": PromisesTooShort}),
        (LAPSES, {"rule": has_no_grace}),
        (STARTS, {"rule": asks_one_node}),
        (STEPS, {"replaces": has_later_lease}),
    ],
    ids=[
        "unapplied",
        "no second read",
        "no second read on return",
        "lease by read",
        "short lease",
        "no grace",
        "one",
        "late",
    ],
)
def test_the_search_finds_what_each_rule_prevents(name: str, change: dict[str, type[Replica]]) -> None:
    """With one rule of the node or the issuer broken, some schedule breaks a promise, and is shown."""
    with pytest.raises(
        Violation, match=r"(denies|does not serve|does not answer|does not get its row in).*, after: .+"
    ):
        Search(replace(SCENARIOS[name], **change)).run()  # type: ignore[arg-type]
