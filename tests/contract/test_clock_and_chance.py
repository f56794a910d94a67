"""Time and randomness, real and fake."""

import re
import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest

from certwright.adapters.chance import SystemChance
from certwright.adapters.clock import SystemClock
from certwright.ports import Chance, Clock
from tests.fakes.chance import FakeChance
from tests.fakes.clock import FakeClock


@pytest.fixture(params=["fake", "system"])
def chance(request: pytest.FixtureRequest) -> Chance:
    return FakeChance() if request.param == "fake" else SystemChance()


@pytest.fixture(params=["fake", "system"])
def clock(request: pytest.FixtureRequest) -> Clock:
    return FakeClock() if request.param == "fake" else SystemClock()


def test_draws_have_their_shapes_and_differ(chance: Chance) -> None:
    """Ids and labels fit where they go: keys, DNS labels, bearer tokens."""
    shapes: list[tuple[str, Callable[[], str]]] = [
        (r"crt_[0-9a-f]{32}", partial(chance.new_id, "crt_")),
        (r"[a-z][a-z0-9]{5,7}", chance.new_label),
        (r"[A-Za-z0-9]{43}", chance.new_secret),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", chance.new_uuid),
    ]
    for pattern, draw in shapes:
        draws = [draw() for _ in range(50)]
        assert all(re.fullmatch(pattern, item) for item in draws)
        assert len(set(draws)) == 50
    assert UUID(chance.new_uuid()).version == 4
    assert all(0 <= chance.fraction() < 1 for _ in range(100))


def test_the_same_seed_draws_the_same() -> None:
    """A failing simulation can be run again."""
    assert [FakeChance(7).new_id("crt_"), FakeChance(7).new_label()] == [
        FakeChance(7).new_id("crt_"),
        FakeChance(7).new_label(),
    ]
    assert FakeChance(7).new_id("crt_") != FakeChance(8).new_id("crt_")


def test_time_goes_on_by_sleeping(clock: Clock) -> None:
    """In milliseconds; a negative sleep is none."""
    before = clock.now()
    assert before > 1_700_000_000_000
    clock.sleep(-1)
    clock.sleep(0.005)
    assert clock.now() >= before + 5


def test_no_sleep_is_longer_than_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was asked for: a worker's lease goes on meanwhile."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    SystemClock().sleep(60)
    assert slept == [2.0]
    fake = FakeClock()
    before = fake.now()
    fake.sleep(60)
    assert fake.now() == before + 2000
