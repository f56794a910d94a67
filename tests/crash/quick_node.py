"""The DNS node's own answering in this process; it polls when the issuer has looked, so nobody waits long."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from time import monotonic

from certwright import ports
from certwright.domain.answer import Counter, NodeRow
from certwright.domain.renewal import SECOND
from dnsnode.changes import Change
from dnsnode.clock import TableClock
from dnsnode.lease import ENDLESS
from dnsnode.replica import COUNTERS, TERMS
from dnsnode.serving import Serving
from dnsnode.snapshot import Snapshot
from dnsnode.source import TableSource
from local.provider_sockets import DnsSockets

LONGEST_HEAD = 65536


class QuickNode:
    """Tables, snapshot and answers are the node's; only its loop, its lease and its worker processes are left out."""

    def __init__(self, variables: Mapping[str, str], clock: ports.Clock) -> None:
        self._source = TableSource(variables["ANSWERS_TABLE"], variables["NODES_TABLE"], TableClock())
        self._clock = clock
        self._snapshot = Snapshot()
        self._serving = Serving(variables["CHALLENGE_HOST"], ENDLESS, deployment=variables["ANSWERS_TABLE"])
        self._loaded: dict[Counter, int] = {}
        self._beats = 0

    def poll(self) -> None:
        """Load what has moved, serve it, and acknowledge what was read before."""
        now, generations = self._clock.now(), self._source.read_generations()
        for counter in COUNTERS:
            if self._loaded.get(counter) != generations[counter]:
                for change in self._load(counter, now / SECOND):
                    self._serving.apply(change, monotonic())
                self._loaded[counter] = generations[counter]
        self._beats += 1
        lease_until = now + int(TERMS.lease_seconds * SECOND)
        self._source.write_row(NodeRow("quick", generations, lease_until, (), now, self._beats))

    def _load(self, counter: Counter, now_s: float) -> list[Change]:
        if counter == "zones":
            return self._snapshot.replace_zones(self._source.read_zones().items)
        return self._snapshot.replace_answers(counter, self._source.read_shard(counter).items, now_s)

    @contextmanager
    def serving(self, address: str, dns_port: int, http_port: int) -> Iterator[None]:
        """Answer DNS and HTTP-01 until the context ends."""
        with ExitStack() as running:
            running.enter_context(DnsSockets((address, dns_port), self._respond))
            web = running.enter_context(_Web((address, http_port), _handler(self._serving)))
            thread = threading.Thread(target=web.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            running.callback(thread.join)
            running.callback(web.shutdown)
            yield

    def _respond(self, query: bytes, is_tcp: bool) -> bytes | None:
        return self._serving.respond_tcp(query, monotonic())


class _Web(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


def _handler(serving: Serving) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        timeout = 10.0

        def handle(self) -> None:
            head = bytearray()
            while (line := self.rfile.readline(LONGEST_HEAD)).strip():
                head += line
            self.wfile.write(serving.respond_http(bytes(head).rstrip(b"\r\n"), monotonic()))

    return Handler
