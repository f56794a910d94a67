"""A CA on loopback that says what a test tells it to: for the answers that no proper CA can be brought to give."""

import json
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """What to send: a `body` that is not bytes is sent as JSON; `promised` is a Content-Length that is not kept."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    nonce: str | None = None
    promised: int | None = None

    @property
    def content(self) -> bytes:
        """The body as it goes over the wire."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Received:
    """A request as it came in; `peer` is the port it came from, `nonce` and `payload` are read from its JWS."""

    method: str
    path: str
    headers: Message
    peer: int
    nonce: str = ""
    kid: str = ""
    payload: object = None


def problem(type: str, status: int, detail: str = "No.", **headers: str) -> Answer:
    """Build a problem document of ACME; underscores in header names become hyphens."""
    document = {"type": f"urn:ietf:params:acme:error:{type}", "detail": detail, "status": status}
    return Answer(status, document, {name.replace("_", "-"): value for name, value in headers.items()})


class ScriptedCa:
    """What the server knows: answers queued by path, and what was asked; each answer carries a nonce of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.directory_url = f"{url}/directory"
        self.received: list[Received] = []
        self.nonces = 0
        self._answers: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self.add("/directory", Answer(body=self.directory()))

    def directory(self) -> dict[str, object]:
        """Build a directory with renewal information and all else that we use."""
        return {
            "newNonce": f"{self.url}/nonce",
            "newAccount": f"{self.url}/account",
            "newOrder": f"{self.url}/order",
            "renewalInfo": f"{self.url}/renewal",
        }

    def add(self, path: str, *answers: Answer) -> None:
        """Queue answers for a path; the last one stays."""
        self._answers[path].extend(answers)

    def replace(self, path: str, *answers: Answer) -> None:
        """Queue answers for a path instead of what was queued."""
        self._answers[path] = deque(answers)

    def next_answer(self, path: str) -> Answer:
        """Take the next answer of a path; an empty 200 where none was queued, which does for nonces."""
        queued = self._answers[path]
        if not queued:
            return Answer(body=b"")
        return queued.popleft() if len(queued) > 1 else queued[0]

    def next_nonce(self) -> str:
        """Make a nonce that was never given before."""
        self.nonces += 1
        return urlsafe_b64encode(f"nonce-{self.nonces:06}".encode()).rstrip(b"=").decode()

    def asked(self, path: str) -> list[Received]:
        """List the requests to one path."""
        return [item for item in self.received if item.path == path]


@contextmanager
def scripted_ca() -> Iterator[ScriptedCa]:
    """Serve a scripted CA over plain http until the context ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.ca
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_activate(self) -> None:
        self.ca = ScriptedCa(f"http://127.0.0.1:{self.server_port}")
        super().server_activate()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5
    server: _Server

    def do_GET(self) -> None:
        self._reply(Received("GET", self.path, self.headers, self.client_address[1]))

    def do_HEAD(self) -> None:
        self._reply(Received("HEAD", self.path, self.headers, self.client_address[1]))

    def do_POST(self) -> None:
        signed = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        protected = json.loads(_decode(signed["protected"]))
        payload = _decode(signed["payload"])
        self._reply(
            Received(
                "POST",
                self.path,
                self.headers,
                self.client_address[1],
                nonce=protected["nonce"],
                kid=protected.get("kid", ""),
                payload=json.loads(payload) if payload else None,
            )
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Keep quiet: what came in is in `received`."""

    def _reply(self, received: Received) -> None:
        ca = self.server.ca
        ca.received.append(received)
        answer = ca.next_answer(self.path)
        nonce = ca.next_nonce() if answer.nonce is None else answer.nonce
        self.send_response(answer.status)
        kind = PROBLEM if answer.status >= 400 and not isinstance(answer.body, bytes) else "application/json"
        headers = {"Content-Type": kind, "Replay-Nonce": nonce, **answer.headers}
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        promised = len(answer.content) if answer.promised is None else answer.promised
        self.send_header("Content-Length", str(promised))
        self.end_headers()
        if received.method != "HEAD":
            self.wfile.write(answer.content)
        self.close_connection = promised != len(answer.content)


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
