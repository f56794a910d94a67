"""A source that a test feeds: answers and bumps come in over a Unix socket, rows go out over it, at a set latency."""

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any, Final

from certwright.domain.answer import (
    Answer,
    Generations,
    NodeRow,
    ServedZone,
    TxtAnswer,
    encode_node,
    generation_attribute,
    shard_of,
)
from dnsnode.source import Partition

LATENCY_SECONDS: Final = 0.005
"""Of every call."""
ZONE: Final = ServedZone("acme.example.test", ("ns.example.test",), ("127.0.0.9",))
NEVER: Final = 2**40


class FedSource:
    """The tables in memory; each line from the feeder is a list of `["put" | "delete", name, value]`.

    Each change bumps its shard, by one, in the order in which they come; so the feeder knows every generation.
    """

    def __init__(self, path: Path) -> None:
        self._shards: list[dict[tuple[str, str], Answer]] = [{} for _ in range(16)]
        self._generations = [0] * 16
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(path))
        threading.Thread(target=self._take_in, daemon=True).start()

    def read_generations(self) -> Generations:
        """Read the counters."""
        time.sleep(LATENCY_SECONDS)
        with self._lock:
            return Generations(tuple(self._generations), 1)

    def read_shard(self, number: int) -> Partition[Answer]:
        """Read one shard."""
        time.sleep(LATENCY_SECONDS)
        with self._lock:
            return Partition(tuple(self._shards[number].values()), ())

    def read_zones(self) -> Partition[ServedZone]:
        """Read the one zone."""
        time.sleep(LATENCY_SECONDS)
        return Partition((ZONE,), ())

    def write_row(self, row: NodeRow) -> None:
        """Send the acknowledgements to the feeder."""
        time.sleep(LATENCY_SECONDS)
        item = encode_node(row)
        acks = [item[generation_attribute(number)] for number in range(16)]
        self._socket.sendall(json.dumps(acks).encode() + b"\n")

    def delete_row(self, task: str) -> None:
        """Tell the feeder that the row is gone."""
        time.sleep(LATENCY_SECONDS)
        self._socket.sendall(b"null\n")

    def _take_in(self) -> None:
        with self._socket.makefile("rb") as lines:
            for line in lines:
                self._apply(json.loads(line))

    def _apply(self, changes: list[Any]) -> None:
        with self._lock:
            for kind, name, value in changes:
                answer = TxtAnswer(name, value, "att_1", NEVER)
                shard = shard_of(answer)
                if kind == "put":
                    self._shards[shard][name, value] = answer
                else:
                    del self._shards[shard][name, value]
                self._generations[shard] += 1
