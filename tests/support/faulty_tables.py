"""A proxy before the tables, which fails as a test says, call by call."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

GIVE_UP_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the tables; `number` counts them."""

    operation: str
    request: dict[str, Any]
    number: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as DynamoDB words it."""

    code: str
    status: int = 400


@dataclass(frozen=True, slots=True)
class Reply:
    """Anything at all."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Late:
    """The true response, after some seconds."""

    seconds: float


class Silence:
    """The connection is accepted and nothing is ever said."""


class Cut:
    """The connection is closed without a word."""


type Fault = Refusal | Reply | Late | Silence | Cut | None
"""What becomes of a call; None is the true response at once."""
type Behaviour = Callable[[Call], Fault]


class FaultyTables:
    """Serves on loopback for the tables at `endpoint`; use it with `with`."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self.target = (parts.hostname or "", parts.port or 0)
        self.behave: Behaviour = lambda _: None
        self.mended = threading.Event()
        self._calls = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"tables": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.mend()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def break_with(self, behave: Behaviour) -> None:
        """Fail from now on."""
        self.mended = threading.Event()
        self.behave = behave

    def mend(self) -> None:
        """Fail no more, and end what was left without a response."""
        self.behave = lambda _: None
        self.mended.set()

    def count(self) -> int:
        """Number a call."""
        with self._lock:
            self._calls += 1
            return self._calls


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = GIVE_UP_SECONDS
    tables: FaultyTables

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        mended = self.tables.mended
        match self.tables.behave(Call(operation, json.loads(body), self.tables.count())):
            case Refusal(code, status):
                refusal = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "refused by the test"}
                self._send(status, json.dumps(refusal).encode())
            case Reply(status, content):
                self._send(status, content)
            case Silence():
                mended.wait(GIVE_UP_SECONDS)
                self.close_connection = True
            case Cut():
                self.close_connection = True
            case Late(seconds):
                time.sleep(seconds)
                self._relay(body)
            case None:
                self._relay(body)

    def _relay(self, body: bytes) -> None:
        connection = HTTPConnection(*self.tables.target, timeout=GIVE_UP_SECONDS)
        try:
            connection.request("POST", "/", body, dict(self.headers.items()))
            response = connection.getresponse()
            self._send(response.status, response.read())
        finally:
            connection.close()

    def _send(self, status: int, body: bytes) -> None:
        with suppress(OSError):  # the client gave up
            self.send_response(status)  # with the date
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: every call would be a line."""
