"""Nothing that a worker does to the world escapes the numbering."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

import pytest

from certwright import ports
from certwright.flows.world import Registry, Workshop
from tests.crash.journeys import JOURNEYS
from tests.crash.matrix import Plain, go_plainly
from tests.crash.recorder import Crash, Point, Recorder
from tests.crash.watched import Watched, is_port
from tests.crash.world import CrashWorld

OTHERS = frozenset({"Certificates", "Tokens", "Bus", "Overview", "PublicSuffixes"})
"""Ports of the API, of the watch and of the events, which no worker has."""

READING = frozenset(
    {
        "accounts.read",
        "chance.fraction",
        "chance.new_id",
        "cas.account",
        "cas.new_account_key",
        "cas.registration",
        "cas.renewal_information",
        "checks.check_address",
        "checks.check_delegation",
        "cipher.decrypt",
        "clock.now",
        "clock.sleep",
        "delegations.read",
        "jobs.list_due",
        "keys.build_csr",
        "keys.generate",
        "keys.public_key",
        "keys.read_leaf",
        "nodes.list_rows",
        "owners.list_all",
        "owners.read",
        "pending_keys.read",
        "queue.depth",
        "registration.thumbprint",
        "renewalinformation.fetch_window",
        "zones.list_all",
    }
)
"""What changes nothing outside the process."""


@pytest.fixture(scope="module")
def plain_runs(world: CrashWorld) -> list[Plain]:
    """Every journey once, without a crash."""
    world.recorder.calls.clear()
    return [go_plainly(world, journey) for journey in JOURNEYS]


@pytest.mark.slow
def test_each_effect_goes_through_a_port(plain_runs: list[Plain]) -> None:
    """What reaches AWS or the CA beside the ports would be numbered without a port's name."""
    assert [effect for plain in plain_runs for effect in plain.effects if not effect.port] == []


@pytest.mark.slow
def test_what_has_no_effect_is_known_to_read_only(world: CrashWorld, plain_runs: list[Plain]) -> None:
    """A method that acts on the world in a way that is not seen leaving the process is found here.

    Number it where it leaves (`recorder.py`), or name it among those that read.
    """
    without = {call for call, effects in world.recorder.calls.items() if not effects}
    assert without - READING == set()
    acting = {call for call, effects in world.recorder.calls.items() if effects}
    assert acting & READING == set()


def test_the_proxy_stands_before_every_port_of_a_worker(world: CrashWorld) -> None:
    """Also before those that other ports return; together they are all in `ports.py` but those no worker has."""
    assert {name for name, port in _held(world.workshop) if not isinstance(port, Watched)} == set()
    known = _reached(Workshop) | _reached(Registry)
    parts = {base.__name__ for port in known for base in port.__mro__}
    assert {port.__name__ for port in _all_ports()} - parts == OTHERS


def _held(whole: Any) -> Iterator[tuple[str, object]]:
    for field in fields(whole):
        value = getattr(whole, field.name)
        if is_dataclass(value) and not isinstance(value, Watched):
            yield from _held(value) if isinstance(value, Registry) else ()
        else:
            yield field.name, value


def _reached(whole: type) -> set[type]:
    """Follow the types of fields to ports, and those of their methods' results to more."""
    found: set[type] = set()
    left = [kind for kind in get_type_hints(whole).values() if is_port(kind)]
    while left:
        port = left.pop()
        found.add(port)
        methods = [getattr(port, name) for name in dir(port) if not name.startswith("_")]
        returned = [get_type_hints(method).get("return") for method in methods]
        left += [kind for kind in returned if is_port(kind) and kind not in found]
    return found


def _all_ports() -> set[type]:
    return {port for port in vars(ports).values() if is_port(port)}


@pytest.mark.parametrize(("is_after", "happened"), [(False, ["first"]), (True, ["first", "second"])])
def test_a_crash_before_an_effect_prevents_it_and_one_after_does_not(is_after: bool, happened: list[str]) -> None:
    """And the dead worker gets nothing more done, not even in what it does to tidy up."""
    recorder, sent = Recorder(), list[str]()
    recorder.begin(Point(2, is_after))
    recorder.send(lambda: sent.append("first"), "sqs", "SendMessage", {})
    with pytest.raises(Crash):
        recorder.send(lambda: sent.append("second"), "sqs", "SendMessage", {})
    with pytest.raises(Crash):
        recorder.send(lambda: sent.append("third"), "sqs", "ReceiveMessage", {})
    assert sent == happened
