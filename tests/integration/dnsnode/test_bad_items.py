"""Nodes whose items or clocks are wrong: good answers are served, what is wrong is told, and mending it is enough."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from certwright.domain.answer import (
    Item,
    build_zone_key,
    encode_answer,
    shard,
    shard_of,
    shard_partition,
)
from tests.support.blind_world import ANSWER, BODY, EMPTY, TERMS, UUID, ZONE, World, serving_world
from tests.support.eventually import eventually
from tests.support.faulty_tables import FaultyTables

YEAR = 365 * 86_400


@pytest.fixture(scope="module")
def world(moto_endpoint: str, aws_variables: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A ready node that serves a value and a body."""
    with serving_world(moto_endpoint, tmp_path_factory.mktemp("world")) as world:
        yield world


BAD_ATTRIBUTES: list[Item] = [
    {"name": "UPPER.case"},
    {"name": "x" * 64},
    {"name": f"other.{ZONE}"},
    {"value": ""},
    {"value": "two words"},
    {"value": "ha#sh"},
    {"value": "x" * 256},
    {"value": 7},
    {"expires_at": -1},
    {"expires_at": "tomorrow"},
    {"attempt": "with space"},
]


def bad_items() -> Iterator[Item]:
    """One of each kind, all but the last in the shard of `NAME`."""
    good = encode_answer(ANSWER)
    for at, change in enumerate(BAD_ATTRIBUTES):
        item: Item = {**good, "attempt": f"bad-{at}", **change}
        yield {**item, "sk": f"txt#{item['name']}#{item['attempt']}#{item['value']}"}
    for missing in ("name", "value", "attempt", "expires_at"):
        rest: Item = {name: value for name, value in good.items() if name != missing}
        yield {**rest, "sk": f"txt#without-{missing}"}
    http = encode_answer(BODY)
    partition = {"pk": shard_partition(shard_of(ANSWER))}
    yield {**http, **partition}
    yield {**http, **partition, "sk": "http#", "token": "slash/slash"}
    yield {**http, **partition, "sk": "http#body", "body": "two\nlines"}
    yield {**partition, "sk": "tlsa#of-a-later-version"}
    yield {**build_zone_key("zone.test"), "origin": "zone.test", "name_servers": [], "addresses": ["300.0.0.1"]}


def test_every_kind_of_bad_item_is_skipped_reported_and_not_acknowledged_until_it_is_gone(world: World) -> None:
    """Good ones beside them are served; each is named by its key; no bump is needed once they are gone."""
    items = list(bad_items())
    for item in items:
        world.writer.put_raw(item)
    zones = world.writer.bump(["zones"])
    beside = replace(ANSWER, value="beside")
    wanted = world.writer.publish(beside)
    elsewhere = next(name for name in (f"{at}{UUID[1:]}.{ZONE}" for at in range(10)) if shard(name) != shard_of(ANSWER))
    eventually(lambda: len(world.problems()), len(items))
    eventually(world.texts, ("NOERROR", ["beside", "value-1"]))
    told = " ".join(world.problems())
    assert [item["sk"] for item in items if str(item["sk"])[:80] not in told] == []
    logged = world.log.read_text()
    assert logged.count("skipped a bad item") == len(items)
    assert not world.writer.is_visible(wanted)
    assert not world.writer.is_visible(zones)
    other = replace(ANSWER, name=elsewhere)
    moved = world.writer.publish(other)
    eventually(lambda: world.writer.rows()[0].acks.covers(moved), expected=True)
    for item in items:
        world.writer.delete_raw({"pk": str(item["pk"]), "sk": str(item["sk"])})
    world.await_visible({**wanted, **zones})
    eventually(world.problems, ())
    world.await_visible(world.writer.withdraw(beside, other))


def test_attributes_of_a_later_version_do_no_harm(world: World) -> None:
    """They are additions: an item that is whole without them is served and acknowledged."""
    answer = replace(ANSWER, name=f"{UUID[::-1][:8]}{UUID[8:]}.{ZONE}", value="newer")
    world.writer.put_raw({**encode_answer(answer), "priority": 7, "tags": ["a", "b"], "note": "x"})
    world.await_visible(world.writer.bump([shard_of(answer)]))
    assert world.texts(answer.name) == ("NOERROR", ["newer"])
    world.await_visible(world.writer.withdraw(answer))


def test_a_wall_clock_that_is_wrong_and_jumps_changes_nothing_but_what_is_told(
    moto_endpoint: str, aws_environment: None, tmp_path: Path
) -> None:
    """Live answers stay, expired ones go, the lease in the row is true, the row goes on landing."""
    shift = tmp_path / "shift"
    shift.write_text(str(3 * 3600))
    with FaultyTables(moto_endpoint) as tables:
        world = World(moto_endpoint, tables, tmp_path, PROGRAM_WALL_SHIFT=str(shift))
        soon = replace(ANSWER, expires_at=int(time.time()) + 120)
        gone = replace(ANSWER, name=EMPTY, expires_at=int(time.time()) - 10)
        wanted = world.writer.publish(soon, gone)
        with world.node:
            world.await_visible(wanted)
            for seconds, words in (
                (3 * 3600, " ahead of"),
                (-7200, " behind"),
                (8, " ahead of"),
                (10 * YEAR, " ahead of"),
            ):
                shift.write_text(str(seconds))
                eventually(lambda words=words: any(words in told for told in world.problems()), expected=True)  # type: ignore[misc]
                answer, wanted = world.publish_new(expires_at=int(time.time()) + 60)
                world.await_visible(wanted)
                assert world.texts(answer.name) == ("NOERROR", ["value-1"])
                assert (world.texts(), world.texts(EMPTY)) == (("NOERROR", ["value-1"]), ("NOERROR", []))
                assert abs(world.writer.rows()[0].lease_until / 1000 - time.time() - TERMS["lease_seconds"]) < 5
            shift.write_text(str(-20 * YEAR))
            eventually(lambda: any("behind" in told for told in world.problems()), expected=True)
            shift.write_text("0")
            eventually(world.problems, ())
