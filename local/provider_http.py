"""The stand-in provider's front: a page for people, JSON for programs.

    GET /                  the page
    GET /records           {"origins": […], "records": [{"type", "name", "value", "ttl"}, …]}
    POST /records          add one: a JSON object or a form (201)
    DELETE /records        delete one: a JSON object (204)
    POST /records/delete   delete one: a JSON object or a form (204)

What is refused is a problem document (RFC 9457). A browser is sent back to the page (303), or told on it.
"""

import json
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from local.provider_page import render_page
from local.provider_records import RecordRefusedError, parse_record
from local.provider_store import ProviderStore

LARGEST_BODY = 65536
LARGEST_READ = 1 << 20


def make_http_server(endpoint: tuple[str, int], store: ProviderStore) -> ThreadingHTTPServer:
    """Bind the front; port 0 takes a free one."""

    class Handler(_Front):
        pass

    Handler.store = store
    server = ThreadingHTTPServer(endpoint, Handler)
    server.daemon_threads = True
    return server


class _Front(BaseHTTPRequestHandler):
    store: ProviderStore
    timeout = 10.0

    def do_GET(self) -> None:
        match urlsplit(self.path).path:
            case "/":
                self._send_page(HTTPStatus.OK)
            case "/records":
                records = [asdict(record) for record in self.store.records]
                self._send_json(HTTPStatus.OK, {"origins": self.store.origins, "records": records})
            case _:
                self._refuse(HTTPStatus.NOT_FOUND, "There are / and /records here.")

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        if path not in ("/records", "/records/delete"):
            self._refuse(HTTPStatus.NOT_FOUND, "Records are added at /records.")
            return
        is_addition = path == "/records"
        self._change(is_addition=is_addition, done=HTTPStatus.CREATED if is_addition else HTTPStatus.NO_CONTENT)

    def do_DELETE(self) -> None:
        if urlsplit(self.path).path != "/records":
            self._refuse(HTTPStatus.NOT_FOUND, "Records are deleted at /records.")
            return
        self._change(is_addition=False, done=HTTPStatus.NO_CONTENT)

    def _change(self, *, is_addition: bool, done: HTTPStatus) -> None:
        try:
            record = parse_record(self._read_fields())
            (self.store.add if is_addition else self.store.delete)(record)
        except RecordRefusedError as refusal:
            self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, str(refusal))
            return
        if self._is_browser:
            self._send(HTTPStatus.SEE_OTHER, "text/plain", b"", location="/")
        elif done is HTTPStatus.NO_CONTENT:
            self._send(done, "", b"")
        else:
            self._send_json(done, asdict(record))

    @property
    def _is_browser(self) -> bool:
        """Whether to answer with a page; who sends the form by other means gets JSON."""
        return "text/html" in self.headers.get("Accept", "")

    @property
    def _is_form(self) -> bool:
        return self.headers.get_content_type() == "application/x-www-form-urlencoded"

    def _read_fields(self) -> dict[str, object]:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            self.close_connection = True
            raise RecordRefusedError("body: tell its size with Content-Length.")
        body = self.rfile.read(min(int(length), LARGEST_READ))  # a body left unread would break the reply off
        if int(length) > LARGEST_BODY:
            self.close_connection = True
            raise RecordRefusedError(f"body: send at most {LARGEST_BODY} bytes.")
        try:
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True)) if self._is_form else json.loads(body)
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            raise RecordRefusedError("body: send a JSON object with type, name, value and ttl.")
        return fields

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        if self._is_browser:
            self._send_page(status, sentence)
            return
        problem = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": sentence}
        self._send_json(status, problem, "application/problem+json")

    def _send_page(self, status: HTTPStatus, error: str = "") -> None:
        page = render_page(self.store.records, self.store.origins, error)
        self._send(status, "text/html; charset=utf-8", page.encode())

    def _send_json(self, status: HTTPStatus, value: object, content_type: str = "application/json") -> None:
        self._send(status, content_type, json.dumps(value).encode())

    def _send(self, status: HTTPStatus, content_type: str, body: bytes, *, location: str = "") -> None:
        self.send_response(status)
        headers = {"Content-Type": content_type, "Location": location}
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Keep quiet: what is asked here is seen in the caller's own output."""
