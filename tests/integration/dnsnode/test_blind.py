"""Nodes whose tables fail them: they tell what they know, deny nothing else, and recover by themselves."""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import random

import pytest

from certwright.domain.answer import TxtAnswer, encode_answer, shard, shard_partition
from tests.support.blind_world import (
    ANSWER,
    EMPTY,
    LATER,
    NAME,
    UUID,
    ZONE,
    World,
    fetch,
    serving_world,
)
from tests.support.dns_client import ask
from tests.support.eventually import eventually
from tests.support.faulty_tables import Behaviour, Call, Cut, FaultyTables, Late, Refusal, Reply, Silence
from tests.support.node_program import ProgramNode

NUMBERED = [f"{at:08x}{UUID[8:]}.{ZONE}" for at in range(1 << 20, (1 << 20) + 200)]
NAMES_OF_ALL_SHARDS = {shard(name): name for name in NUMBERED}.values()


@pytest.fixture(scope="module")
def world(moto_endpoint: str, aws_variables: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A ready node that serves a value and a body."""
    with serving_world(moto_endpoint, tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture(scope="module")
def patient(moto_endpoint: str, aws_variables: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A node whose lease outlasts whatever is tried, for tables that can be read in part only."""
    terms = json.dumps({"lease_seconds": 600, "blind_seconds": 300, "heartbeat_seconds": 0.5})
    with serving_world(moto_endpoint, tmp_path_factory.mktemp("patient"), PROGRAM_TERMS=terms) as world:
        yield world


FAULTS: dict[str, Behaviour] = {
    "unreachable": lambda _: Cut(),
    "never answering": lambda _: Silence(),
    "slower than the timeout": lambda _: Late(3),
    "throttled": lambda _: Refusal("ProvisionedThroughputExceededException"),
    "failing": lambda _: Refusal("InternalServerError", 500),
    "denying access": lambda _: Refusal("AccessDeniedException"),
    "without the table": lambda _: Refusal("ResourceNotFoundException"),
    "replaced by a web page": lambda _: Reply(200, b"<html>Please log in</html>"),
    "replaced by an empty object": lambda _: Reply(200, b'{"Items": 7, "Item": []}'),
    "denying the answers only": lambda call: Refusal("AccessDeniedException") if call.operation == "GetItem" else None,
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_node_that_cannot_read_denies_nothing_and_recovers_by_itself(world: World, name: str) -> None:
    """Known answers stand, what can't be known is SERVFAIL or 503, other types are NODATA; health does not care."""
    eventually(partial(world.texts, EMPTY), ("NOERROR", []))
    eventually(partial(world.body, "unknown"), 404)
    world.tables.break_with(FAULTS[name])
    eventually(partial(world.texts, EMPTY), ("SERVFAIL", []))
    assert world.texts() == ("NOERROR", ["value-1"])
    assert (world.body("token-1"), world.body("unknown")) == ("token-1.thumbprint", 503)
    assert ask(world.node.dns, EMPTY, "A").rcode == "NOERROR"
    assert ask(world.node.dns, f"www.{ZONE}").rcode == "NXDOMAIN"
    assert isinstance(world.health(), str)
    answer, wanted = world.publish_new()
    world.tables.mend()
    world.await_visible(wanted)
    assert world.texts(answer.name) == ("NOERROR", ["value-1"])
    eventually(partial(world.texts, EMPTY), ("NOERROR", []))


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["GetItem", "PutItem"])
def test_after_its_lease_a_node_answers_no_text_until_it_is_awaited_again(world: World, operation: str) -> None:
    """Whether it can't read or can't write its row; a denial comes no more, other types do, health stays."""
    world.tables.break_with(lambda call: Silence() if call.operation == operation else None)
    eventually(world.texts, ("SERVFAIL", []))
    lease = world.writer.rows()[0].lease_until / 1000
    assert time.time() > lease - 2
    assert world.texts(EMPTY) == ("SERVFAIL", [])
    assert world.body("unknown") == 503
    assert ask(world.node.dns, NAME, "A").rcode == "NOERROR"
    assert isinstance(world.health(), str)
    answer, wanted = world.publish_new()
    world.tables.mend()
    world.await_visible(wanted)
    assert world.texts(answer.name) == ("NOERROR", ["value-1"])
    eventually(world.texts, ("NOERROR", ["value-1"]))


@pytest.mark.parametrize(
    "behave",
    [lambda _: Refusal("ThrottlingException") if random() < 0.5 else None, lambda _: Late(0.1)],
    ids=["half of the calls fail", "slow"],
)
def test_tables_that_answer_badly_still_make_answers_visible(patient: World, behave: Behaviour) -> None:
    """What was loaded stays loaded; what failed is tried by the next poll."""
    patient.tables.break_with(behave)
    published = [patient.publish_new() for _ in range(5)]
    for answer, wanted in published:
        patient.await_visible(wanted)
        assert patient.texts(answer.name) == ("NOERROR", ["value-1"])
    patient.tables.mend()


def test_a_shard_is_taken_whole_or_not_at_all(patient: World) -> None:
    """While its second page can't be read nothing of it changes, and nothing of it is acknowledged."""
    number = shard(EMPTY)
    for at in range(6):  # beyond a page's megabyte, by an attribute that no node knows
        answer = TxtAnswer(EMPTY, f"value-{at}", f"att_{at}", LATER)
        patient.writer.put_raw({**encode_answer(answer), "padding": "x" * 200_000})
    patient.await_visible(patient.writer.bump([number]))
    everything = ("NOERROR", [f"value-{at}" for at in range(6)])
    assert patient.texts(EMPTY) == everything
    second_pages: list[Call] = []

    def fail_second_page(call: Call) -> Refusal | None:
        if "ExclusiveStartKey" not in call.request:
            return None
        second_pages.append(call)
        return Refusal("ProvisionedThroughputExceededException")

    patient.tables.break_with(fail_second_page)
    first = TxtAnswer(EMPTY, "value-0", "att_0", LATER)
    wanted = patient.writer.withdraw(first)
    eventually(lambda: len(second_pages) > 3, expected=True)
    assert patient.texts(EMPTY) == everything
    assert not patient.writer.is_visible(wanted)
    patient.tables.mend()
    patient.await_visible(wanted)
    assert patient.texts(EMPTY) == ("NOERROR", everything[1][1:])
    rest = [TxtAnswer(EMPTY, f"value-{at}", f"att_{at}", LATER) for at in range(1, 6)]
    patient.await_visible(patient.writer.withdraw(*rest))


def test_a_shard_that_cannot_be_read_holds_up_no_other(patient: World) -> None:
    """The others are loaded and acknowledged; it is not, and what was known of it stands."""
    stuck = shard_partition(shard(NAME))

    def fail_one_shard(call: Call) -> Refusal | None:
        is_stuck = call.operation == "Query" and {"S": stuck} in call.request["ExpressionAttributeValues"].values()
        return Refusal("ProvisionedThroughputExceededException") if is_stuck else None

    patient.tables.break_with(fail_one_shard)
    second = replace(ANSWER, value="second")
    wanted = patient.writer.publish(second)
    for name in NAMES_OF_ALL_SHARDS:
        if shard(name) != shard(NAME):
            patient.await_visible(patient.writer.publish(replace(ANSWER, name=name)))
            assert patient.texts(name) == ("NOERROR", ["value-1"])
    assert not patient.writer.is_visible(wanted)
    patient.tables.mend()
    patient.await_visible(wanted)
    assert patient.texts() == ("NOERROR", ["second", "value-1"])
    patient.await_visible(patient.writer.withdraw(second))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize("fault", ["unreachable", "replaced by an empty object"])
def test_a_node_without_tables_is_unhealthy_and_takes_up_work_when_there_are_some(
    moto_endpoint: str, aws_environment: None, tmp_path: Path, fault: str
) -> None:
    """It holds up nobody meanwhile: it has no row."""
    with FaultyTables(moto_endpoint) as tables:
        tables.break_with(FAULTS[fault])
        world = World(moto_endpoint, tables, tmp_path)
        port = free_port()
        options = ("--health", f"127.0.0.1:{port}")
        with ProgramNode(world.log, *options, environment=world.environment, wait=False) as world.node:
            health = f"http://127.0.0.1:{port}/health"
            eventually(lambda: fetch(health), 503)
            wanted = world.writer.publish(ANSWER)
            eventually(lambda: "table not available" in world.log.read_text(), expected=True)
            assert (fetch(health), world.writer.rows()) == (503, [])
            tables.mend()
            world.node.wait_ready()
            world.await_visible(wanted)
            assert world.texts() == ("NOERROR", ["value-1"])
            assert isinstance(fetch(health), str)
