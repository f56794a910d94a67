"""HTTP-01: the head of a request in, the whole response out (RFC 8555 §8.3, RFC 9110, RFC 9112)."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

PREFIX: Final = "/.well-known/acme-challenge/"
MOST_HEAD: Final = 8192
"""The longest request line and header fields together, in bytes."""


def normalize_host(host: str) -> str:
    """Compare hosts as RFC 9110 §4.2.3 does: lower case, without port and final dot."""
    name, _, port = host.strip().lower().rpartition(":")
    return (name if name and port.isdigit() else host.strip().lower()).removesuffix(".")


class HttpAnswers:
    """The bodies of live tokens, each for its own host, for our name servers' names and for the challenge host."""

    def __init__(self, challenge_host: str = "") -> None:
        self._bodies: dict[str, tuple[str, str]] = {}
        self._servers_of_zone: dict[str, tuple[str, ...]] = {}
        self._own_hosts = {normalize_host(challenge_host)} - {""}

    def set_body(self, token: str, host: str, body: str) -> None:
        """Answer a token with a body."""
        self._bodies[token] = (host, body)

    def remove_body(self, token: str) -> None:
        """Answer a token no more."""
        self._bodies.pop(token, None)

    def set_name_servers(self, origin: str, names: tuple[str, ...]) -> None:
        """Take a zone's name servers' names as hosts of ours; none for a zone that is served no more."""
        self._servers_of_zone[origin] = names

    def respond(self, head: bytes, has_all: Callable[[], bool] = lambda: True) -> bytes:
        """Answer one request; where a token is not known and `has_all` says so, that is 503 and not 404."""
        try:
            method, target, host = _read_head(head)
        except ValueError:
            return _response(HTTPStatus.BAD_REQUEST, "not a request of HTTP/1.0 or HTTP/1.1\n")
        if method not in ("GET", "HEAD"):
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, "only GET and HEAD are answered here\n", allow="GET, HEAD")
        path = target.partition("?")[0]
        owner, body = self._bodies.get(path.removeprefix(PREFIX), ("", "")) if path.startswith(PREFIX) else ("", "")
        if body and (host == owner or self._is_own(host)):
            return _response(HTTPStatus.OK, body, is_head=method == "HEAD")
        if path.startswith(PREFIX) and not has_all():
            return _response(HTTPStatus.SERVICE_UNAVAILABLE, "", is_head=method == "HEAD")
        return _response(HTTPStatus.NOT_FOUND, "no such challenge\n", is_head=method == "HEAD")

    def _is_own(self, host: str) -> bool:
        return host in self._own_hosts or any(host in names for names in self._servers_of_zone.values())


def _read_head(head: bytes) -> tuple[str, str, str]:
    """Read method, target in origin form and host; raises `ValueError` for what is not HTTP/1."""
    lines = head.decode("latin-1").splitlines()
    method, target, version = lines[0].split(" ") if lines else ("", "", "")
    if version not in ("HTTP/1.0", "HTTP/1.1") or not method.isalpha() or not target:
        raise ValueError("request line")
    hosts = [value for name, _, value in (line.partition(":") for line in lines[1:]) if name.lower() == "host"]
    if len(hosts) > 1 or (not hosts and version == "HTTP/1.1"):
        raise ValueError("Host must be there once (RFC 9112 §3.2)")
    host = hosts[0] if hosts else ""
    if target.lower().startswith("http://"):  # absolute form overrides Host (RFC 9112 §3.2.2)
        host, _, path = target[7:].partition("/")
        target = f"/{path}"
    return method.upper(), target, normalize_host(host)


def _response(status: HTTPStatus, body: str, *, is_head: bool = False, allow: str = "") -> bytes:
    content = body.encode("ascii")
    fields = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Content-Type: application/octet-stream" if status is HTTPStatus.OK else "Content-Type: text/plain",
        f"Content-Length: {len(content)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        *([f"Allow: {allow}"] if allow else []),
    ]
    return "\r\n".join(fields).encode("ascii") + b"\r\n\r\n" + (b"" if is_head else content)
