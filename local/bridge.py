"""An HTTP front that calls functions as API Gateway's HTTP API does: payload format 2.0, the template's routes."""

import base64
import json
import re
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

from local.sandbox import FunctionError
from local.template import ACCOUNT, Route

MAX_BODY_BYTES = 10 * 1024 * 1024
TEXT_TYPES = re.compile(r"text/|application/([\w.-]+\+)?(json|xml|javascript)|application/x-www-form-urlencoded")


class Invoker(Protocol):
    """Something that runs a function."""

    def invoke(self, event: Any) -> Any:
        """Run it; raises `FunctionError`."""
        ...


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came in; `target` is path and query, `address` the client's."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    address: str

    @property
    def path(self) -> str:
        """The path, still encoded."""
        return urlsplit(self.target).path


class Routes:
    """The routes, most specific first: a literal segment before a variable, a method before ANY."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route, _pattern(route.path)) for route in sorted(routes, key=_rank)]

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Find the route, and the values of its variables, decoded."""
        for route, pattern in self._routes:
            if route.method in ("ANY", method) and (found := pattern.fullmatch(path)):
                return route, {name: unquote(value) for name, value in found.groupdict().items()}
        return None


def _rank(route: Route) -> tuple[list[int], bool]:
    kinds = [2 if segment.endswith("+}") else 1 if segment.startswith("{") else 0 for segment in route.path.split("/")]
    return kinds, route.method == "ANY"


def _pattern(path: str) -> re.Pattern[str]:
    def variable(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})"

    return re.compile(re.sub(r"\\\{(\w+)(\\\+)?\\\}", variable, re.escape(path)))


def build_event(route: Route, variables: Mapping[str, str], request: HttpRequest) -> dict[str, Any]:
    """Build the event of one request; repeated headers and parameters are joined with commas."""
    headers = _join((name.lower(), value) for name, value in request.headers)
    cookies = [cookie.strip() for cookie in headers.pop("cookie", "").split(";") if cookie.strip()]
    query = urlsplit(request.target).query
    is_text = TEXT_TYPES.match(headers.get("content-type", "text/plain")) is not None
    optional = {
        "cookies": cookies,
        "queryStringParameters": _join(parse_qsl(query, keep_blank_values=True)),
        "pathParameters": dict(variables),
        "body": request.body.decode(errors="replace") if is_text else base64.b64encode(request.body).decode(),
    }
    return {
        "version": "2.0",
        "routeKey": f"{route.method} {route.path}",
        "rawPath": unquote(request.path),
        "rawQueryString": query,
        "headers": headers,
        "requestContext": _request_context(route, request, headers),
        "isBase64Encoded": bool(request.body) and not is_text,
    } | {name: value for name, value in optional.items() if value}


def _join(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _request_context(route: Route, request: HttpRequest, headers: Mapping[str, str]) -> dict[str, Any]:
    now = time.time()
    return {
        "accountId": ACCOUNT,
        "apiId": "certwright",
        "domainName": headers.get("host", ""),
        "domainPrefix": headers.get("host", "").partition(".")[0],
        "http": {
            "method": request.method,
            "path": unquote(request.path),
            "protocol": "HTTP/1.1",
            "sourceIp": request.address,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": uuid4().hex,
        "routeKey": f"{route.method} {route.path}",
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }


def read_response(result: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    """Read a function's result: status, headers, body; a result without a status is a JSON body."""
    if not isinstance(result, dict) or "statusCode" not in result:
        return 200, [("content-type", "application/json")], json.dumps(result).encode()
    headers = {"content-type": "text/plain;charset=utf-8"}
    headers |= {name.lower(): str(value) for name, value in (result.get("headers") or {}).items()}
    body = result.get("body") or ""
    raw = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode()
    cookies = [("set-cookie", cookie) for cookie in result.get("cookies") or []]
    return int(result["statusCode"]), [*headers.items(), *cookies], raw


def make_server(port: int, routes: Iterable[Route], functions: Mapping[str, Invoker]) -> ThreadingHTTPServer:
    """Make the server on 127.0.0.1; port 0 takes any free one."""
    table = Routes(routes)

    class Handler(_Handler):
        def route_table(self) -> Routes:
            return table

        def function(self, name: str) -> Invoker:
            return functions[name]

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "certwright"

    def route_table(self) -> Routes:
        raise NotImplementedError

    def function(self, name: str) -> Invoker:
        raise NotImplementedError

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """The functions log; a request line may hold what must not be logged."""

    def handle_any(self) -> None:
        """Answer one request."""
        length = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers or not length.isdigit():
            self.close_connection = True
            self._refuse(411, "Length Required")
        elif int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            self._refuse(413, "Request Entity Too Large")
        else:
            self._call(self.rfile.read(int(length)))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any  # noqa: N815 - the base's names

    def _call(self, body: bytes) -> None:
        request = HttpRequest(self.command, self.path, tuple(self.headers.items()), body, self.client_address[0])
        found = self.route_table().match(request.method, request.path)
        if not found:
            self._refuse(404, "Not Found")
            return
        route, variables = found
        try:
            result = self.function(route.function).invoke(build_event(route, variables, request))
            self._reply(*read_response(result))
        except FunctionError as error:
            print(f"{route.method} {route.path}: {error}", file=sys.stderr, flush=True)
            self._refuse(500, "Internal Server Error")

    def _refuse(self, status: int, message: str) -> None:
        self._reply(status, [("content-type", "application/json")], json.dumps({"message": message}).encode())

    def _reply(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
