"""HTTP-01: the head of a request in, the whole response out (RFC 8555 §8.3, RFC 9110)."""

from collections.abc import Callable
from email.utils import formatdate
from http import HTTPMethod, HTTPStatus
from typing import Final

from certwright.domain.probe import UNKNOWN, answer_probe
from dnsnode.http_head import BadRequest, normalize_host, read_head

PREFIX: Final = "/.well-known/acme-challenge/"
_ALLOWED: Final = ("GET", "HEAD")
_KNOWN: Final = frozenset(HTTPMethod)


class HttpAnswers:
    """The bodies of live tokens, each for its own host, for our name servers' names and for the challenge host.

    Probes of `deployment` are answered for any host.
    """

    def __init__(self, challenge_host: str = "", deployment: str = "") -> None:
        self._bodies: dict[str, tuple[str, str]] = {}
        self._servers_of_zone: dict[str, tuple[str, ...]] = {}
        self._own_hosts = {normalize_host(challenge_host)} - {""}
        self._deployment = deployment

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
        """Answer one request; where a token is not known and `has_all` does not say so, that is 503 and not 404."""
        is_head = head.startswith(b"HEAD ")
        try:
            method, path, host = read_head(head)
        except BadRequest as bad:
            return _response(bad.status, f"{bad}\n", is_head=is_head)
        if method not in _ALLOWED:
            status = HTTPStatus.METHOD_NOT_ALLOWED if method in _KNOWN else HTTPStatus.NOT_IMPLEMENTED
            return _response(status, "only GET and HEAD are answered here\n", allow=", ".join(_ALLOWED))
        owner, body = self._bodies.get(path.removeprefix(PREFIX), ("", "")) if path.startswith(PREFIX) else ("", "")
        if body and (host == owner or self._is_own(host)):
            return _response(HTTPStatus.OK, body, is_head=is_head)
        if probed := answer_probe(path, host, self._deployment):
            return _response(HTTPStatus.OK, probed, is_head=is_head)
        if path.startswith(PREFIX) and not has_all():
            return _response(HTTPStatus.SERVICE_UNAVAILABLE, "", is_head=is_head)
        return _response(HTTPStatus.NOT_FOUND, UNKNOWN, is_head=is_head)

    def _is_own(self, host: str) -> bool:
        return host in self._own_hosts or any(host in names for names in self._servers_of_zone.values())


def _response(status: HTTPStatus, body: str, *, is_head: bool = False, allow: str = "") -> bytes:
    """Write a response; Allow belongs to 405 and does no harm elsewhere."""
    content = body.encode("ascii")
    fields = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Date: {formatdate(usegmt=True)}",
        "Content-Type: application/octet-stream" if status is HTTPStatus.OK else "Content-Type: text/plain",
        f"Content-Length: {len(content)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        *([f"Allow: {allow}"] if allow else []),
    ]
    return "\r\n".join(fields).encode("ascii") + b"\r\n\r\n" + (b"" if is_head else content)
