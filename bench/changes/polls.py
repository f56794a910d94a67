"""What a poll costs the node's parent: thousands of live answers in all shards, some of which changed.

The real source and snapshot; the tables' responses are canned where HTTP would begin.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from unittest.mock import patch

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session

from certwright.domain.answer import SHARDS, Item, TxtAnswer, encode_answer, shard_of
from dnsnode.clock import TableClock
from dnsnode.snapshot import Snapshot
from dnsnode.source import TableSource
from tests.support.changing_load import make_names

_LATER: Final = 4_000_000_000
_VALUE: Final = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"


@dataclass(frozen=True, slots=True)
class PollCost:
    """Processor seconds of the median poll: reading and decoding, then finding the changes."""

    answers: int
    changes: int
    read_seconds: float
    diff_seconds: float


def measure_polls(answers: int, changes: int, polls: int) -> PollCost:
    """Load all, then poll again and again with some answers replaced before each."""
    tables = _CannedTables(answers)
    with patch.object(URLLib3Session, "send", tables.send):
        source, snapshot = TableSource("answers", "nodes", TableClock()), Snapshot()
        costs = [_poll(source, snapshot) for _ in _changed(tables, changes, polls)]
    read, diff = (sorted(cost[part] for cost in costs[1:]) for part in (0, 1))
    return PollCost(answers, changes, read[len(read) // 2], diff[len(diff) // 2])


class _CannedTables:
    """Responses to the queries of all shards, in their order."""

    def __init__(self, answers: int) -> None:
        self._random = Random(1)
        self._shards: list[list[Item]] = [[] for _ in range(SHARDS)]
        self._bodies: list[bytes] = []
        self._next = 0
        for number, name in enumerate(make_names(answers)):
            answer = TxtAnswer(name, _VALUE, f"att_{number:032x}", _LATER)
            self._shards[shard_of(answer)].append(encode_answer(answer))

    def change(self, count: int) -> None:
        """Replace values."""
        for number in range(count):
            items = self._random.choice(self._shards)
            at = self._random.randrange(len(items))
            value = f"{self._random.getrandbits(200):x}"
            name, attempt = str(items[at]["name"]), f"att_{self._random.getrandbits(120):032x}{number}"
            items[at] = encode_answer(TxtAnswer(name, value, attempt, _LATER))
        self._bodies = [_write_body(items) for items in self._shards]

    def send(self, *_: object) -> AWSResponse:
        """Answer the next query."""
        body = self._bodies[self._next]
        self._next = (self._next + 1) % SHARDS
        return _Canned(body)


class _Canned(AWSResponse):
    def __init__(self, body: bytes) -> None:
        super().__init__("http://tables", 200, HTTPHeaders(), None)
        self._content = body


def _write_body(items: Sequence[Item]) -> bytes:
    return json.dumps({"Items": [{name: _typed(value) for name, value in item.items()} for item in items]}).encode()


def _typed(value: object) -> dict[str, Any]:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def _changed(tables: _CannedTables, changes: int, polls: int) -> Iterator[int]:
    for number in range(polls):
        tables.change(changes if number else 0)
        yield number


def _poll(source: TableSource, snapshot: Snapshot) -> tuple[float, float]:
    read = diff = 0.0
    for number in range(SHARDS):
        seconds, partition = _timed(lambda number=number: source.read_shard(number))  # type: ignore[misc]
        read += seconds
        seconds, _ = _timed(lambda: snapshot.replace_answers(number, partition.items, 1_800_000_000))  # noqa: B023
        diff += seconds
    return read, diff


def _timed[T](call: Callable[[], T]) -> tuple[float, T]:
    started = time.process_time()
    result = call()
    return time.process_time() - started, result
