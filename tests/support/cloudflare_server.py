"""Cloudflare's API v4 as far as records are added: zones, their records, the envelope, and what it refuses.

After the public documentation and the errors that users report: 6003 and 9109 for tokens, 81053, 81054 and 81058 for
what stands already, 429 with Retry-After.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.serving import serving

TOKEN = "v1-0123456789abcdef0123456789abcdef01234567"
_ZONE = re.compile(r"/client/v4/zones/([0-9a-f]{32})/dns_records")
_ADDRESSES = ("A", "AAAA", "CNAME")


@dataclass
class Cloudflare:
    """The provider's state, and what it was asked; `says` is an answer to give to every request instead.

    Clear `may_answer` to have it silent.
    """

    url: str = ""
    zones: dict[str, str] = field(default_factory=dict)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)
    says: tuple[int, dict[str, str], bytes] | None = None
    may_edit: bool = True
    may_answer: threading.Event = field(default_factory=threading.Event)

    def add_zone(self, name: str) -> None:
        """Have a zone that the token opens."""
        zone_id = f"{len(self.zones):032x}"
        self.zones[zone_id] = name
        self.records[zone_id] = []

    def add(self, zone: str, type: str, name: str, content: str, *, proxied: bool = False) -> None:
        """Have a record."""
        (zone_id,) = (key for key, value in self.zones.items() if value == zone)
        entry = {"id": f"r{len(self.records[zone_id])}", "type": type, "name": name, "content": content}
        self.records[zone_id].append({**entry, "proxied": proxied, "ttl": 300})

    def answer(self, method: str, target: str, headers: dict[str, str], body: str) -> tuple[int, dict[str, str], bytes]:
        """Answer one request."""
        self.requests.append((method, target, headers, body))
        if self.says:
            return self.says
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return _refuse(403, 9109, "Invalid access token")
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/client/v4/zones" and method == "GET":
            wanted = query.get("name", "")
            return _ok([{"id": key, "name": name} for key, name in self.zones.items() if name == wanted])
        found = _ZONE.fullmatch(parts.path)
        if not found or found[1] not in self.zones:
            return _refuse(404, 7003, "Could not route to the path")
        if method == "GET":
            return _ok([item for item in self.records[found[1]] if item["name"] == query.get("name")])
        return self._create(found[1], json.loads(body))

    def _create(self, zone_id: str, wanted: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        if not self.may_edit:
            return _refuse(403, 10000, "Authentication error")
        there = [item for item in self.records[zone_id] if item["name"] == wanted["name"]]
        if any((item["type"], item["content"]) == (wanted["type"], wanted["content"]) for item in there):
            return _refuse(400, 81058, "An identical record already exists.")
        if wanted["type"] == "CNAME" and any(item["type"] in _ADDRESSES for item in there):
            return _refuse(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
        if wanted["type"] in _ADDRESSES and any(item["type"] == "CNAME" for item in there):
            return _refuse(400, 81054, "A CNAME record with that host already exists.")
        self.records[zone_id].append({"id": "new", "proxied": False, **wanted})
        return _ok(wanted)


def _ok(result: Any) -> tuple[int, dict[str, str], bytes]:
    envelope = {"success": True, "errors": [], "messages": [], "result": result}
    return 200, {}, json.dumps(envelope).encode()


def _refuse(status: int, code: int, message: str) -> tuple[int, dict[str, str], bytes]:
    envelope = {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}
    return status, {}, json.dumps(envelope).encode()


@contextmanager
def cloudflare() -> Iterator[Cloudflare]:
    """Serve the API on a free port of this machine until the context ends."""
    state = Cloudflare()
    state.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.may_answer.wait(30)
            status, more, content = state.answer(self.command, self.path, headers, body)
            self.send_response(status)
            for name, value in {"content-length": str(len(content)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            """Write no lines."""

    with serving(Handler) as address:
        state.url = f"http://{address}/client/v4"
        try:
            yield state
        finally:
            state.may_answer.set()
