"""Nodes that serve from DynamoDB (moto): publication, visibility, blindness, crashes."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from certwright.domain.answer import HttpAnswer, ServedZone, TxtAnswer, shard, shard_of
from tests.integration.dnsnode.samples import EMPTY_UUID, UUID, ZONE
from tests.support.dns_client import ask
from tests.support.eventually import eventually
from tests.support.node_process import NodeProcess
from tests.support.table_writer import TableWriter
from tests.support.tcp_relay import TcpRelay

NAME = f"{UUID}.{ZONE}"
EMPTY = f"{EMPTY_UUID}.{ZONE}"
LATER = 4_000_000_000
ANSWER = TxtAnswer(NAME, "value-1", "att_1", LATER)
SERVED = ServedZone(ZONE, ("ns.example.test",), ("127.0.0.9",))

type StartNode = Callable[..., NodeProcess]


@pytest.fixture
def writer(moto_endpoint: str, aws_environment: None) -> TableWriter:
    """Tables of this test's own, with one zone in them."""
    writer = TableWriter(moto_endpoint)
    writer.make_tables()
    writer.publish_zone(SERVED)
    return writer


@pytest.fixture
def relay(moto_endpoint: str) -> Iterator[TcpRelay]:
    """The nodes' way to the tables."""
    parts = urlsplit(moto_endpoint)
    with TcpRelay((parts.hostname or "", parts.port or 0)) as relay:
        yield relay


@pytest.fixture
def start(writer: TableWriter, relay: TcpRelay, tmp_path: Path) -> Iterator[StartNode]:
    """Starts nodes that end with the test."""
    environment = {
        "ANSWERS_TABLE": writer.answers_table,
        "NODES_TABLE": writer.nodes_table,
        "AWS_ENDPOINT_URL": "http://{}:{}".format(*relay.address),
        "AWS_DEFAULT_REGION": os.environ["AWS_DEFAULT_REGION"],
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "NODE_POLL_SECONDS": "0.1",
    }
    with ExitStack() as nodes:

        def start_one(*options: str, processes: int = 1, wait: bool = True) -> NodeProcess:
            log = tmp_path / f"node-{time.monotonic_ns()}.log"
            node = NodeProcess(log, *options, environment=environment, processes=processes, wait=wait)
            return nodes.enter_context(node)

        yield start_one


def texts(node: NodeProcess, name: str = NAME) -> tuple[str, list[str]]:
    """Ask for TXT and sum up what came."""
    response = ask(node.dns, name)
    return response.rcode, response.answers


def body(node: NodeProcess, token: str) -> str | int:
    """Fetch an HTTP-01 body by the node's own address as the host; the status where there is none."""
    try:
        with urlopen(f"http://127.0.0.1:{node.http[1]}/.well-known/acme-challenge/{token}", timeout=5) as response:
            return str(response.read().decode())
    except HTTPError as error:
        with error:
            return error.code


def test_what_is_visible_is_served_by_every_worker_of_every_node(start: StartNode, writer: TableWriter) -> None:
    """Two nodes of two workers: once the check says visible, no question is denied; a withdrawn value goes again."""
    nodes = [start(processes=2), start(processes=2)]
    second = replace(ANSWER, value="value-2", attempt="att_2")
    wanted = writer.publish(ANSWER, second)
    eventually(partial(writer.is_visible, wanted), expected=True)
    for node in nodes * 20:
        assert texts(node) == ("NOERROR", ["value-1", "value-2"])
    writer.withdraw(ANSWER)
    for node in nodes * 20:
        eventually(partial(texts, node), ("NOERROR", ["value-2"]))


def test_the_same_value_of_two_attempts_stays_until_both_are_withdrawn(start: StartNode, writer: TableWriter) -> None:
    """A value is served once, and withdrawing one attempt's leaves the other's."""
    node = start()
    again = replace(ANSWER, attempt="att_2")
    eventually(partial(writer.is_visible, writer.publish(ANSWER, again)), expected=True)
    assert texts(node) == ("NOERROR", ["value-1"])
    eventually(partial(writer.is_visible, writer.withdraw(ANSWER)), expected=True)
    assert texts(node) == ("NOERROR", ["value-1"])
    eventually(partial(writer.is_visible, writer.withdraw(again)), expected=True)
    assert texts(node) == ("NOERROR", [])


def test_http_bodies_and_zones_come_and_go_without_a_restart(start: StartNode, writer: TableWriter) -> None:
    """A token answers for the challenge host; a zone added is served, one removed is REFUSED."""
    node = start("--challenge-host", "127.0.0.1")
    answer = HttpAnswer("token-1", "www.example.test", "token-1.thumbprint", "att_1", LATER)
    eventually(partial(writer.is_visible, writer.publish(answer)), expected=True)
    assert body(node, "token-1") == "token-1.thumbprint"
    writer.withdraw(answer)
    eventually(partial(body, node, "token-1"), 404)
    wanted = writer.publish_zone(replace(SERVED, origin="new.test"))
    wanted = {**wanted, **writer.publish(replace(ANSWER, name=f"{UUID}.new.test"))}
    eventually(partial(writer.is_visible, wanted), expected=True)
    assert texts(node, f"{UUID}.new.test") == ("NOERROR", ["value-1"])
    eventually(partial(writer.is_visible, writer.remove_zone("new.test")), expected=True)
    assert texts(node, f"{UUID}.new.test") == ("REFUSED", [])


def test_a_node_without_a_database_is_not_ready_until_there_is_one(
    start: StartNode, writer: TableWriter, relay: TcpRelay
) -> None:
    """It keeps trying, answers nothing, holds up nobody, and then serves."""
    relay.cut()
    node = start(wait=False)
    assert not node.is_ready_within(1.5)
    assert node.process.poll() is None
    assert writer.rows() == []
    writer.publish(ANSWER)
    relay.mend()
    node.wait_ready()
    assert texts(node) == ("NOERROR", ["value-1"])
    assert len(writer.rows()) == 1


@pytest.mark.slow
def test_a_blind_node_gives_what_it_knows_and_denies_nothing(
    start: StartNode, writer: TableWriter, relay: TcpRelay
) -> None:
    """With the database gone: answers stand, unknown TXT is SERVFAIL, other types are NODATA; health does not care."""
    node = start()
    eventually(partial(writer.is_visible, writer.publish(ANSWER)), expected=True)
    assert texts(node, EMPTY) == ("NOERROR", [])
    relay.cut()
    eventually(partial(texts, node, EMPTY), ("SERVFAIL", []))
    assert texts(node) == ("NOERROR", ["value-1"])
    assert ask(node.dns, EMPTY, "A").rcode == "NOERROR"
    assert ask(node.dns, f"www.{ZONE}", "TXT").rcode == "NXDOMAIN"
    with urlopen(f"http://127.0.0.1:{node.health[1]}/health", timeout=5) as response:
        assert response.status == 200
    writer.publish(replace(ANSWER, name=EMPTY))
    relay.mend()
    eventually(partial(texts, node, EMPTY), ("NOERROR", ["value-1"]))


def test_a_bad_item_is_skipped_reported_and_never_acknowledged(start: StartNode, writer: TableWriter) -> None:
    """Its shard serves the good ones but is not acknowledged; other shards are; the row says why."""
    node = start()
    number = shard_of(ANSWER)
    writer.put_raw({"pk": f"shard#{number:x}", "sk": f"txt#{NAME}#att_9#bad", "attempt": "att_9", "expires_at": LATER})
    stuck = writer.publish(ANSWER)
    other_name = next(name for name in (f"{digit}{UUID[1:]}.{ZONE}" for digit in range(10)) if shard(name) != number)
    eventually(partial(writer.is_visible, writer.publish(replace(ANSWER, name=other_name))), expected=True)
    assert texts(node) == ("NOERROR", ["value-1"])
    eventually(lambda: [bool(row.problems) for row in writer.rows()], [True])
    assert not writer.is_visible(stuck)
    assert "attribute name" in writer.rows()[0].problems[0]


def test_an_answer_ends_when_it_expires_whatever_the_table_holds(start: StartNode, writer: TableWriter) -> None:
    """Expiry is the node's own: nothing is deleted or bumped here."""
    node = start()
    soon = replace(ANSWER, expires_at=int(time.time()) + 3)
    eventually(partial(writer.is_visible, writer.publish(soon)), expected=True)
    eventually(partial(texts, node), ("NOERROR", []))
    assert time.time() >= soon.expires_at


def test_a_crashed_worker_comes_back_with_all_answers(start: StartNode, writer: TableWriter) -> None:
    """Publications go on being served and acknowledged after one of two workers was killed."""
    node = start(processes=2)
    eventually(partial(writer.is_visible, writer.publish(ANSWER)), expected=True)
    victim = node.workers()[0]
    os.kill(victim, signal.SIGKILL)
    wanted = writer.publish(replace(ANSWER, value="value-2"))
    eventually(partial(writer.is_visible, wanted), expected=True)
    eventually(lambda: len(node.workers()) == 2 and victim not in node.workers(), expected=True)
    for _ in range(40):
        eventually(partial(texts, node), ("NOERROR", ["value-1", "value-2"]))


@pytest.mark.slow
def test_a_silent_worker_holds_back_the_acknowledgement_and_is_killed(start: StartNode, writer: TableWriter) -> None:
    """While one worker is stopped nothing new is visible; after five seconds it is replaced, and then it is."""
    node = start(processes=2)
    victim = node.workers()[0]
    os.kill(victim, signal.SIGSTOP)
    wanted = writer.publish(ANSWER)
    assert not writer.is_visible(wanted)
    eventually(partial(writer.is_visible, wanted), expected=True)
    assert victim not in node.workers()
    for _ in range(40):
        eventually(partial(texts, node), ("NOERROR", ["value-1"]))


def test_a_crashed_node_is_waited_for_only_while_its_lease_runs(start: StartNode, writer: TableWriter) -> None:
    """Its row stays with the lease's end; the other node alone is not enough until then."""
    crashing, staying = start(), start()
    crashing.kill()
    wanted = writer.publish(ANSWER)
    eventually(partial(texts, staying), ("NOERROR", ["value-1"]))
    eventually(lambda: sum(row.acks.covers(wanted) for row in writer.rows()), 1)
    assert not writer.is_visible(wanted)
    lease: Mapping[bool, int] = {row.acks.covers(wanted): row.lease_until for row in writer.rows()}
    assert lease[False] < time.time_ns() // 1_000_000 + 60_000
