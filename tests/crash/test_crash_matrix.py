"""A worker crashes before or after each of its effects, and all the same comes what the certificate was due for."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any, get_type_hints
from unittest.mock import patch

import pytest

from certwright import bootstrap
from certwright.flows.dead_letters import DeadLetterOffice
from certwright.flows.read_vitals import Instruments
from certwright.flows.world import Desk, Registry, SignInDesk, Workshop
from tests.crash.journeys import ISSUING, JOURNEYS, PLAIN, WILDCARD, Journey
from tests.crash.matrix import Plain, crash_everywhere, go_plainly, undisturbed
from tests.crash.recorder import Point
from tests.crash.soundness import assert_nothing_secret_logged
from tests.crash.table import COMMAND, HEAD, PAGE, read_cells, tell
from tests.crash.watched import ALL_PORTS, Watched, is_port, returned_port
from tests.crash.world import VARIABLES, CrashWorld, crash_world, prepare_names

STALE = f"{PAGE.name} is not what the runs show: write it again with `{COMMAND}`"
WORKERS = (Workshop, Registry, bootstrap.Sweep)
OTHERS = (
    Desk,
    SignInDesk,
    DeadLetterOffice,
    Instruments,
    bootstrap.Safe,
    bootstrap.Lookout,
    bootstrap.Crier,
)
"""The API, the dashboard, and what watches and tells."""
READING = frozenset(
    {
        *("budgets.read", "suffixes.is_listed", "suffixes.registrable"),
        *("accounts.read", "delegations.read", "owners.list_all", "owners.read", "pending_keys.read", "zones.list_all"),
        *("account_keys.make", "cas.account", "cas.registration", "cas.renewal_information", "cas.read"),
        *("chance.fraction", "chance.new_id", "cipher.decrypt", "clock.now", "clock.sleep"),
        *("checks.check_address", "checks.check_caa", "checks.check_delegation", "directories.describe"),
        *(
            "holds.read",
            "jobs.list_due",
            "jobs.read_work",
            "nodes.list_rows",
            "queue.depth",
            "versions.describe_current",
        ),
        *("keys.build_csr", "keys.generate", "keys.public_key", "keys.read_leaf"),
        *("accountregistration.thumbprint", "renewalinformation.fetch_window"),
    }
)
"""What changes nothing outside the process."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashWorld]:
    """One world for the whole matrix, since it takes seconds to start; the names' records are in place."""
    with patch.dict(os.environ, VARIABLES), crash_world(tmp_path_factory.mktemp("crash")) as running:
        prepare_names(running, WILDCARD, PLAIN)
        yield running


@pytest.fixture(scope="module")
def plain_runs(world: CrashWorld) -> Mapping[Journey, Plain]:
    """Every journey once, without a crash."""
    return {journey: undisturbed(world, partial(go_plainly, world, journey)) for journey in JOURNEYS}


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.title)
def test_a_crash_at_any_effect_is_recovered_from(
    world: CrashWorld, plain_runs: Mapping[Journey, Plain], journey: Journey
) -> None:
    """Each effect once, before or after it by turns, and as the page tells; both when the page is written.

    Of what is tried only those that issuing does not have.
    """
    plain, page = plain_runs[journey], PAGE.read_text()
    assert page.startswith(HEAD), STALE
    rows = read_cells(page, journey)
    assert [row[:4] for row in rows] == _described(plain), STALE
    points = [Point(number, is_after=number % 2 == 0) for number in _crashed_at(journey, plain_runs)]
    for point, crashed in crash_everywhere(world, journey, plain, points).items():
        assert rows[point.number - 1][5 if point.is_after else 4] == tell(crashed), STALE
    assert_nothing_secret_logged(world)


def test_each_effect_goes_through_a_port(plain_runs: Mapping[Journey, Plain]) -> None:
    """What reaches the world beside the ports is numbered without a port's name."""
    assert [effect for plain in plain_runs.values() for effect in plain.effects if not effect.port] == []


@pytest.mark.usefixtures("plain_runs")
def test_what_has_no_effect_is_known_to_read_only(world: CrashWorld) -> None:
    """A method that acts on the world in a way that is not seen leaving the process is found here.

    Number it where it leaves (`recorder.py`), or name it among those that read.
    """
    calls = world.recorder.calls
    assert {call for call, effects in calls.items() if not effects} - READING == set()
    assert {call for call, effects in calls.items() if effects} & READING == set()
    assert world.recorder.unknown <= READING


def test_the_proxy_stands_before_every_port_of_a_worker(world: CrashWorld) -> None:
    """Also before those that other ports return. What is in `ports` is a worker's or known to be another's."""
    for whole in (world.workshop, world.sweep):
        assert {name for name, value in _held(whole) if not isinstance(value, Watched)} == {"settings"}
    reached = set[type]().union(*map(_reached, (*WORKERS, *OTHERS)))
    parts = {base for port in reached for base in port.__mro__}
    assert {port.__name__ for port in ALL_PORTS - parts if is_port(port)} == set()


def _crashed_at(journey: Journey, runs: Mapping[Journey, Plain]) -> list[int]:
    issuing = {effect for each in ISSUING if journey not in ISSUING for effect in runs[each].effects}
    return [number for number, effect in enumerate(runs[journey].effects, 1) if effect not in issuing]


def _described(plain: Plain) -> list[list[str]]:
    """Write what the page has of each effect."""
    effects = enumerate(plain.effects, 1)
    return [[str(number), effect.step, f"`{effect.port}`", effect.call] for number, effect in effects]


def _held(whole: Any) -> Iterator[tuple[str, object]]:
    """Give what a dataclass holds, and the registry in it."""
    for field in fields(whole):
        value = getattr(whole, field.name)
        if is_dataclass(value) and isinstance(value, Registry):
            yield from _held(value)
        else:
            yield field.name, value


def _reached(whole: type) -> set[type]:
    """Follow the types of fields to ports, and those of their methods' results to more."""
    found: set[type] = set()
    left = [kind for kind in get_type_hints(whole).values() if is_port(kind)]
    while left:
        port = left.pop()
        found.add(port)
        members = (getattr(port, name) for name in dir(port) if not name.startswith("_"))
        methods = filter(callable, members)
        left += [kind for kind in map(returned_port, methods) if kind and kind not in found]
    return found
