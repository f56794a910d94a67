"""One HTTP request after the other, to one server, with the token; nothing else ever gets it."""

import http.client
import json
import ssl
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.error import HTTPError, URLError

from certwright_cli import __version__
from certwright_cli.errors import ApiProblem, NotUnderstood, Unreachable

Json = dict[str, Any]

REQUEST_SECONDS = 40.0
"""Longer than API Gateway's own limit of 30 s, for a whole request."""
MAX_BYTES = 16 * 1024 * 1024
PAUSES_SECONDS = (0.5, 2.0)
"""Before each further try of a request that may be repeated."""
_PASSING = (429, 502, 503, 504)
_MAX_RETRY_AFTER_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Connection:
    """Sends requests to the server at `url`, without a final slash. `debug` gets a line for each, without secrets."""

    def __init__(
        self, url: str, token: str, debug: Callable[[str], None], pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.url = url
        self._token = token
        self._debug = debug
        self._pause = pause
        self._opener = urllib.request.build_opener(_NoRedirects())

    def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        is_repeatable: bool = False,
    ) -> Reply:
        """Send a request; a status of 2xx or 304 comes back, `ApiProblem` or `Unreachable` is raised otherwise.

        A repeatable request that met a passing failure is sent again, twice at most.
        """
        for pause in PAUSES_SECONDS if is_repeatable else ():
            try:
                reply = self._send(method, path, body, headers or {})
            except Unreachable as error:
                self._debug(f"! {error} Trying again.")
                self._pause(pause)
            else:
                if reply.status not in _PASSING:
                    return _check(reply, self.url)
                self._pause(_retry_after(reply, pause))
        return _check(self._send(method, path, body, headers or {}), self.url)

    def _send(self, method: str, path: str, body: Json | None, headers: Mapping[str, str]) -> Reply:
        fields = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json, application/problem+json, */*;q=0.1",
            "User-Agent": f"certwright-cli/{__version__}",
            **({} if body is None else {"Content-Type": "application/json"}),
            **headers,
        }
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, fields, method=method)  # noqa: S310 - checked at login
        started = time.monotonic()
        self._debug(f"> {method} {self.url}{path}")
        reply = self._exchange(request, started)
        taken = (time.monotonic() - started) * 1000
        kind = reply.headers.get("content-type", "no content type")
        self._debug(f"< {reply.status} {kind}, {len(reply.content)} bytes, {taken:.0f} ms")
        return reply

    def _exchange(self, request: urllib.request.Request, started: float) -> Reply:
        try:
            with self._opener.open(request, timeout=REQUEST_SECONDS) as response:
                return _read(response, response.status, response.headers, started)
        except HTTPError as error:
            with error:
                try:
                    return _read(error, error.code, error.headers, started)
                except (OSError, http.client.HTTPException) as cut:
                    raise Unreachable(_explain(cut, self.url)) from cut
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(_explain(error, self.url)) from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token is for one server: a redirect is an answer like any other, and never followed."""

    def redirect_request(self, *_: object) -> None:
        """Make no request of it."""


def _read(source: Any, status: int, headers: Message, started: float) -> Reply:
    """Read a whole body, bounded in bytes and time; one that is shorter than announced was cut."""
    content = b""
    while piece := source.read(65_536):
        content += piece
        if len(content) > MAX_BYTES:
            raise NotUnderstood(
                f"The answer is larger than {MAX_BYTES // 1024**2} MiB, which no answer of this API is."
            )
        if time.monotonic() - started > REQUEST_SECONDS:
            raise TimeoutError
    length = headers.get("content-length", "")
    if length.isdigit() and len(content) < int(length):
        raise http.client.IncompleteRead(content, int(length) - len(content))
    return Reply(status, {name.lower(): value for name, value in headers.items()}, content)


def _check(reply: Reply, url: str) -> Reply:
    if reply.status < 300 or reply.status == 304:
        return reply
    if reply.status < 400:
        raise NotUnderstood(
            f"{url} redirects to {reply.headers.get('location', 'another place')}, where the token is not sent: "
            "log in again with the API's own URL."
        )
    document = _object(reply)
    if document is None:
        kind = reply.headers.get("content-type", "no content type")
        sentence = f"{url} answered {reply.status} with {kind} instead of JSON"
        raise NotUnderstood(f"{sentence}: check that this is the API's URL, and what stands before it.")
    raise ApiProblem(reply.status, document)


def read_object(reply: Reply, url: str) -> Json:
    """Read a JSON object from a reply; raises `NotUnderstood`."""
    document = _object(reply)
    if document is None:
        kind = reply.headers.get("content-type", "no content type")
        raise NotUnderstood(f"{url} sent {kind} instead of a JSON object: check that this is the API's URL.")
    return document


def _object(reply: Reply) -> Json | None:
    try:
        document = json.loads(reply.content)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _retry_after(reply: Reply, pause: float) -> float:
    """Obey a short Retry-After in seconds (RFC 9110 §10.2.3)."""
    text = reply.headers.get("retry-after", "")
    return min(int(text), _MAX_RETRY_AFTER_SECONDS) if text.isdigit() else pause


def _explain(error: Exception, url: str) -> str:
    """Say in a sentence why there is no answer, and what to do."""
    reason = error.reason if isinstance(error, URLError) else error
    match reason:
        case ssl.SSLCertVerificationError():
            return (
                f"{url} has a certificate that is not trusted here ({reason.verify_message}): "
                "check the URL; for a private CA set SSL_CERT_FILE."
            )
        case ssl.SSLError():
            return f"{url} speaks no TLS that could be understood ({reason.reason}): check the URL."
        case TimeoutError():
            return f"{url} did not answer within {REQUEST_SECONDS:.0f} s: try again."
        case ConnectionRefusedError():
            return f"{url} refuses connections: check the URL, and that the API runs."
        case http.client.IncompleteRead() | http.client.RemoteDisconnected() | ConnectionResetError():
            return f"The connection to {url} was cut before the whole answer was there: try again."
        case http.client.HTTPException():
            return f"{url} sent what is no HTTP: check the URL."
        case OSError():
            text = reason.strerror or str(reason)
            return f"{url} could not be reached ({text}): check the URL and the network."
        case _:
            return f"{url} could not be reached ({reason}): check the URL and the network."
