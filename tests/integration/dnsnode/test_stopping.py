"""How a node stops: it drains, while its health sends clients elsewhere, and takes its row away last."""

import itertools
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.integration.dnsnode.samples import RECORDS, UUID, ZONE
from tests.support.blind_world import World, fetch, serving_world
from tests.support.dns_client import Transport, ask
from tests.support.eventually import eventually
from tests.support.faulty_tables import Cut, FaultyTables
from tests.support.node_process import NodeProcess, write_records
from tests.support.node_program import ProgramNode

NAME = f"{UUID}.{ZONE}"
FOREVER = ("--drain-seconds", "3600")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A records file of this test's own."""
    return write_records(tmp_path / "records.json", RECORDS)


def health(node: NodeProcess) -> str | int:
    """Ask for the health page; the status where it is no success."""
    return fetch(f"http://127.0.0.1:{node.health[1]}/health")


def fetch_body(node: NodeProcess) -> str:
    """Fetch an HTTP-01 body."""
    connection = HTTPConnection(*node.http, timeout=20)
    try:
        connection.request("GET", "/.well-known/acme-challenge/token-1", headers={"Host": "www.example.test"})
        return connection.getresponse().read().decode()
    finally:
        connection.close()


class Clients:
    """Ask without a pause, over UDP, TCP and HTTP, and keep what was not answered rightly."""

    def __init__(self, node: NodeProcess) -> None:
        self.wrong: list[object] = []
        self.asked = 0
        self._node = node
        self._stop = threading.Event()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Ask while the context lasts."""
        threads = [threading.Thread(target=self._ask, args=(look,)) for look in self._looks()]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _looks(self) -> Iterator[Callable[[], bool]]:
        transports: tuple[Transport, ...] = ("udp", "tcp")
        for transport in transports:
            look = partial(ask, self._node.dns, NAME, transport=transport)
            yield lambda look=look: look().answers == ["another", "value"]  # type: ignore[misc]
        yield lambda: fetch_body(self._node) == "token-1.thumbprint"

    def _ask(self, is_right: Callable[[], bool]) -> None:
        for number in itertools.count():
            if self._stop.is_set():
                return
            try:
                if not is_right():
                    self.wrong.append(number)
            except OSError as error:
                self.wrong.append(error)
            self.asked += 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_no_query_is_lost_while_a_node_drains(tmp_path: Path, records: Path, number: signal.Signals) -> None:
    """Health is 503 from the signal on, and everybody who still asks is answered, until a second signal."""
    with NodeProcess(tmp_path / "log", *FOREVER, records=records, processes=2) as node:
        clients = Clients(node)
        with clients.busy():
            node.process.send_signal(number)
            eventually(partial(health, node), 503)
            before = clients.asked
            eventually(lambda: clients.asked > before + 100, expected=True)
        assert clients.wrong == []
        assert health(node) == 503
        node.process.send_signal(number)
        assert node.process.wait(30) == 0
    assert "Traceback" not in node.log.read_text()


def test_the_drain_ends_by_itself(tmp_path: Path, records: Path) -> None:
    """One signal is enough."""
    with NodeProcess(tmp_path / "log", "--drain-seconds", "0.5", records=records) as node:
        node.process.terminate()
        assert node.process.wait(30) == 0


@pytest.fixture
def world(moto_endpoint: str, aws_environment: None, tmp_path: Path) -> Iterator[World]:
    """A node that serves from tables and drains for long."""
    with serving_world(moto_endpoint, tmp_path, NODE_DRAIN_SECONDS="3600") as world:
        yield world


def test_a_draining_node_keeps_up_and_goes_from_the_table_last(world: World) -> None:
    """What is published meanwhile is acknowledged and served; once the row is gone, nobody gets an answer."""
    world.node.process.terminate()
    eventually(world.health, 503)
    answer, wanted = world.publish_new()
    world.await_visible(wanted)
    assert world.texts(answer.name) == ("NOERROR", ["value-1"])
    assert len(world.writer.rows()) == 1
    world.node.process.terminate()
    eventually(world.writer.rows, [])
    with pytest.raises(ConnectionRefusedError):
        ask(world.node.dns, answer.name)
    assert world.node.process.wait(30) == 0


def test_a_node_that_is_still_loading_stops_at_once(moto_endpoint: str, aws_environment: None, tmp_path: Path) -> None:
    """There is nothing to drain, whatever the drain time, and a table out of reach holds up no end."""
    with FaultyTables(moto_endpoint) as tables:
        environment = World(moto_endpoint, tables, tmp_path, NODE_DRAIN_SECONDS="3600").environment
        tables.break_with(lambda _: Cut())
        with ProgramNode(tmp_path / "log", environment=environment, wait=False) as node:
            eventually(lambda: "table not available" in node.log.read_text(), expected=True)
            node.process.terminate()
            assert node.process.wait(30) == 0
    assert "Traceback" not in node.log.read_text()
