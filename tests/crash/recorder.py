"""Every effect of a worker on the world, numbered as it leaves the process, and a crash before or after one of them.

Effects are seen where they leave: at botocore's clients, at the connection to the CA, and at the sockets. Whatever is
not known to read only is an effect, so one that is added later is numbered by itself.
"""

import json
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from certwright.adapters.acme_network import AcmeNetwork, Reply
from certwright.adapters.acme_problem import BAD_NONCE, problem_document, problem_type
from certwright.domain.errors import CaRefusal, Unavailable
from tests.crash.words import name_aws_call

READS = frozenset(
    {
        ("dynamodb", "BatchGetItem"),
        ("dynamodb", "GetItem"),
        ("dynamodb", "Query"),
        ("kms", "Decrypt"),
        ("s3", "GetObject"),
        ("s3", "HeadObject"),
        ("sqs", "GetQueueAttributes"),
    }
)
LOOKS = ("checks.",)
"""Ports that ask the Internet's servers, and change nothing there."""
_inside: ContextVar[tuple[str, ...]] = ContextVar("inside", default=())
"""The calls to ports that are under way, outermost first."""


_watchers: "list[Recorder]" = []


class Crash(BaseException):
    """The end of a worker, which no code of its own hears of."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect: the step that brought it about, the port's method it went through, and what left the process."""

    step: str
    port: str
    call: str


@dataclass(frozen=True, slots=True)
class Point:
    """Where a worker crashes: right before or right after the effect of this number, which begins at 1."""

    number: int
    is_after: bool


@dataclass(slots=True)
class Recorder:
    """Numbers effects while it is on; crashes at `point` and lets nothing of the dead worker through.

    A POST that is sent again because of its nonce is one effect, and so are one resource that is read over and over and
    datagrams in a row. `unknown` are the ports whose calls opened connections that nobody numbers,
    `disturbances` counts what did not answer in time, what the CA refused, and what else was not as it is told to be.
    """

    point: Point | None = None
    is_on: bool = False
    is_dead: bool = False
    step: str = ""
    effects: list[Effect] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    disturbances: int = 0
    on_sent: Callable[[str, str, Any], None] = lambda *_: None
    on_posted: Callable[[str], None] = lambda _: None
    _refused_nonce: str = ""
    _polled: str = ""
    _at_ca: bool = False

    @contextmanager
    def through(self, port: str) -> Iterator[None]:
        """Note that what follows goes through a port's method."""
        if self.is_on:
            self.calls.setdefault(port, 0)
        token = _inside.set((*_inside.get(), port))
        try:
            yield
        except (CaRefusal, Unavailable):
            self.disturbances += 1
            raise
        finally:
            _inside.reset(token)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Do something that is not the worker's."""
        was_on, self.is_on = self.is_on, False
        try:
            yield
        finally:
            self.is_on = was_on

    def send(self, go: Callable[[], Any], service: str, operation: str, parameters: Any) -> Any:
        """Send a request to AWS."""
        self._stop_the_dead()
        is_effect = self.is_on and (service, operation) not in READS
        if is_effect:
            self._begin(name_aws_call(service, operation, parameters))
        answer = go()
        self.on_sent(service, operation, parameters)
        if is_effect:
            self._end()
        return answer

    def post(self, go: Callable[[], Reply], url: str, body: bytes) -> Reply:
        """Send a POST to the CA."""
        self._stop_the_dead()
        is_again, is_read = url == self._refused_nonce, not json.loads(body)["payload"]
        is_polled = is_read and url == self._polled
        if self.is_on and not is_again and not is_polled:
            self._begin("ACME POST-as-GET" if is_read else "ACME POST")
        reply = self.ask_ca(go)
        self._refused_nonce = url if _is_nonce_refused(reply) else ""
        if self._refused_nonce:
            return reply
        self.on_posted(url if reply.status < 300 and not is_read else "")
        if self.is_on and not is_polled:
            self._polled = url if is_read else ""
            self._end()
        return reply

    def ask_ca(self, go: Callable[[], Reply]) -> Reply:
        """Send any request to the CA."""
        self._at_ca = True
        try:
            return go()
        finally:
            self._at_ca = False

    def send_datagram(self, go: Callable[[], int]) -> int:
        """Send a datagram."""
        if not self._is_watched_socket():
            return go()
        self._stop_the_dead()
        port, call = _inside.get()[-1], "UDP datagrams"
        if self.effects[-1:] != [Effect(self.step, port, call)]:
            self._begin(call)
        sent = go()
        self._end()
        return sent

    def note_connection(self) -> None:
        """Note that a connection is opened which is not to the CA."""
        if self._is_watched_socket() and not self._at_ca:
            self.unknown.add(_inside.get()[-1])

    def _is_watched_socket(self) -> bool:
        """Tell whether a socket is used by a worker's port, in its own thread, and not to look at the Internet."""
        return self.is_on and bool(_inside.get()) and not _inside.get()[-1].startswith(LOOKS)

    def begin(self, point: Point | None) -> None:
        """Begin to number from 1, for a worker that is to crash at a point."""
        self.point, self.is_on, self.is_dead = point, True, False
        self.step, self._polled, self.effects = "", "", []

    def revive(self) -> None:
        """Let the next worker through; nothing is numbered any more."""
        self.is_on = self.is_dead = False

    def _begin(self, call: str) -> None:
        port = (_inside.get() or ("",))[-1]
        self._polled = ""
        self.effects.append(Effect(self.step, port, call))
        self.calls[port] = self.calls.get(port, 0) + 1
        self._crash_at(is_after=False)

    def _end(self) -> None:
        self._crash_at(is_after=True)

    def _crash_at(self, *, is_after: bool) -> None:
        if self.point == Point(len(self.effects), is_after):
            self.is_dead = True
            raise Crash

    def _stop_the_dead(self) -> None:
        if self.is_dead:
            raise Crash


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """Have all that leaves this process for AWS or a CA go through the recorder."""
    send, request = BaseClient._make_api_call, AcmeNetwork.request  # type: ignore[attr-defined]  # botocore's own

    def to_aws(client: BaseClient, operation: str, parameters: Any) -> Any:
        service = client.meta.service_model.service_name
        return recorder.send(lambda: send(client, operation, parameters), service, operation, parameters)

    def to_ca(network: AcmeNetwork, method: str, url: str, **named: Any) -> Reply:
        go = partial(request, network, method, url, **named)
        return recorder.post(go, url, named["body"]) if method == "POST" else recorder.ask_ca(go)

    with (
        patch.object(BaseClient, "_make_api_call", to_aws),
        patch.object(AcmeNetwork, "request", to_ca),
        _watching_sockets(recorder),
    ):
        yield recorder


@contextmanager
def _watching_sockets(recorder: Recorder) -> Iterator[None]:
    send = socket.socket.sendto

    def sendto(sock: socket.socket, *arguments: Any) -> int:
        return recorder.send_datagram(lambda: send(sock, *arguments))

    _hear_of_connections()
    _watchers.append(recorder)
    try:
        with patch.object(socket.socket, "sendto", sendto):
            yield
    finally:
        _watchers.remove(recorder)


@cache
def _hear_of_connections() -> None:
    """Add a hook, which nothing can take away again; it does nothing while nobody watches."""

    def hear(event: str, _: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            for recorder in _watchers:
                recorder.note_connection()

    sys.addaudithook(hear)


def _is_nonce_refused(reply: Reply) -> bool:
    document = problem_document(reply.body) if reply.status == 400 else None
    return document is not None and problem_type(document) == BAD_NONCE
