"""One node behind tables that fail as told, and what is asked of it.

The real process, on sockets, with moto behind a proxy. Its lease and its blindness are shortened; `test_tables` waits
for the real five seconds once, and the unit tests go through the minute on a virtual clock.
"""

import itertools
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.request import urlopen

from certwright.domain.answer import Counter, HttpAnswer, ServedZone, TxtAnswer
from tests.support.dns_client import ask
from tests.support.eventually import eventually
from tests.support.faulty_tables import FaultyTables
from tests.support.node_process import ROOT, NodeProcess
from tests.support.node_program import ProgramNode
from tests.support.table_writer import TableWriter

UUID, EMPTY_UUID = "0b3c7a52-5b1f-4f6e-9d3e-2f6a1c7d8e90", "11111111-2222-4333-8444-555555555555"
ZONE: Final = "acme.example.test"
NAME, EMPTY = f"{UUID}.{ZONE}", f"{EMPTY_UUID}.{ZONE}"
LATER: Final = 4_000_000_000
ANSWER: Final = TxtAnswer(NAME, "value-1", "att_1", LATER)
BODY: Final = HttpAnswer("token-1", "127.0.0.1", "token-1.thumbprint", "att_1", LATER)
SERVED: Final = ServedZone(ZONE, ("ns.example.test",), ("127.0.0.9",))
TERMS: Final = {"lease_seconds": 5, "blind_seconds": 1, "heartbeat_seconds": 0.5, "bad_retry_seconds": 0.5}
"""Short enough to wait for, far enough apart for a machine that is slow."""


class World:
    """One node behind failing tables, and what is asked of it."""

    def __init__(self, endpoint: str, tables: FaultyTables, folder: Path, **more: str) -> None:
        self.tables = tables
        self.writer = TableWriter(endpoint)
        self.writer.make_tables()
        self.writer.publish_zone(SERVED)
        self.environment = {
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "dnsnode", ROOT / "layers" / "certwright"))),
            "ANSWERS_TABLE": self.writer.answers_table,
            "NODES_TABLE": self.writer.nodes_table,
            "AWS_ENDPOINT_URL": tables.url,
            "AWS_DEFAULT_REGION": os.environ["AWS_DEFAULT_REGION"],
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "NODE_POLL_SECONDS": "0.1",
            "PROGRAM_TERMS": json.dumps(TERMS),
            **more,
        }
        self.log = folder / "log"
        self.node: NodeProcess = ProgramNode(self.log, environment=self.environment)
        self._numbers = itertools.count()

    def texts(self, name: str = NAME) -> tuple[str, list[str]]:
        """Ask for TXT and sum up what came."""
        response = ask(self.node.dns, name)
        return response.rcode, response.answers

    def body(self, token: str) -> str | int:
        """Fetch an HTTP-01 body; the status where there is none."""
        return fetch(f"http://127.0.0.1:{self.node.http[1]}/.well-known/acme-challenge/{token}")

    def health(self) -> str | int:
        """Ask for the node's health."""
        return fetch(f"http://127.0.0.1:{self.node.health[1]}/health")

    def publish_new(self, **changes: object) -> tuple[TxtAnswer, Mapping[Counter, int]]:
        """Publish at a name of its own."""
        answer = replace(ANSWER, name=f"{next(self._numbers):08x}{UUID[8:]}.{ZONE}", **changes)  # type: ignore[arg-type]
        return answer, self.writer.publish(answer)

    def await_visible(self, wanted: Mapping[Counter, int]) -> None:
        """Wait as the issuer does."""
        eventually(partial(self.writer.is_visible, wanted), expected=True)

    def problems(self) -> tuple[str, ...]:
        """Read what the node's row tells."""
        return self.writer.rows()[0].problems


def fetch(url: str) -> str | int:
    """Fetch a page; the status where it is no success."""
    try:
        with urlopen(url, timeout=5) as response:  # noqa: S310 - of a node under test
            return str(response.read().decode())
    except HTTPError as error:
        with error:
            return error.code


@contextmanager
def serving_world(endpoint: str, folder: Path, **more: str) -> Iterator[World]:
    """Run a ready node that serves a value and a body."""
    with FaultyTables(endpoint) as tables:
        world = World(endpoint, tables, folder, **more)
        with world.node:
            world.await_visible(world.writer.publish(ANSWER, BODY))
            yield world
