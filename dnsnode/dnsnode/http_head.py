"""The head of an HTTP/1 request: where it ends, and what it asks for (RFC 9110, RFC 9112).

Lines may end in a bare LF (RFC 9112 §2.2): nothing lies behind this server that could read them differently.
"""

import re
from http import HTTPStatus
from typing import Final, NamedTuple

MOST_HEAD: Final = 8192
"""The longest request line and fields together, in bytes."""
MOST_FIELDS: Final = 100

_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE: Final = re.compile(rb"(%b) ([!\"$-~]+) HTTP/(\d)\.\d" % _TOKEN)
_FIELD: Final = re.compile(rb"(%b):[ \t]*([\t -~\x80-\xff]*?)[ \t]*" % _TOKEN)
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._~!$&'()*+,;=%-]*)(?::\d*)?")
"""RFC 3986 §3.2.2 and §3.2.3, in lower case and without user information (RFC 9110 §4.2.4)."""
_ABSOLUTE: Final = re.compile(r"(?i:http)://(?P<authority>[^/?]*)(?P<path>[^?]*)(?:\?.*)?")
_END: Final = re.compile(rb"\r?\n\r?\n")
_HOPELESS: Final = re.compile(rb"(?:\r?\n)?[^!-~\r\n]")
"""No method starts like this, but a TLS handshake does."""


class BadRequest(Exception):
    """The request gets this status; the text says why."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


class Head(NamedTuple):
    """What a request asks for; `host` is empty where none was given, and `path` where the target has none."""

    method: str
    path: str
    host: str


def find_head(received: bytes | bytearray) -> bytes | None:
    """Return the head without its empty line, None while it may still come.

    What can't become a good head is returned as it is, without waiting for more.
    """
    start = 2 if received.startswith(b"\r\n") else 1 if received.startswith(b"\n") else 0  # RFC 9112 §2.2
    end = _END.search(received, start)
    if end:
        return bytes(received[start : end.start()])
    line, newline, _ = bytes(received[start : MOST_HEAD + 1]).partition(b"\n")
    is_hopeless = newline and not _REQUEST_LINE.fullmatch(line.removesuffix(b"\r"))
    return bytes(received) if is_hopeless or len(received) > MOST_HEAD or _HOPELESS.match(received) else None


def read_head(head: bytes) -> Head:
    """Read a head that `find_head` found; raises `BadRequest`."""
    first, *lines = [line.removesuffix(b"\r") for line in head.split(b"\n")]
    if len(first) > MOST_HEAD:
        raise BadRequest(HTTPStatus.REQUEST_URI_TOO_LONG, f"at most {MOST_HEAD} bytes")
    found = _REQUEST_LINE.fullmatch(first)
    if not found:
        raise BadRequest(HTTPStatus.BAD_REQUEST, "not a request of HTTP/1.0 or HTTP/1.1")
    if len(head) > MOST_HEAD or len(lines) > MOST_FIELDS:
        raise BadRequest(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"at most {MOST_HEAD} bytes and {MOST_FIELDS} fields"
        )
    method, target, version = (part.decode("ascii") for part in found.groups())
    if version != "1":
        raise BadRequest(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "this is a server of HTTP/1.1")
    host = _read_host(lines, is_needed=not first.endswith(b"HTTP/1.0"))
    return Head(method, *_read_target(target, host))


def normalize_host(host: str) -> str:
    """Compare hosts as RFC 9110 §4.2.3 does: lower case, without port and final dot; raises `BadRequest`."""
    found = _HOST.fullmatch(host.lower())
    if not found:
        raise BadRequest(HTTPStatus.BAD_REQUEST, "Host must be a name or an address, with or without a port")
    return found["name"].removesuffix(".")


def _read_host(lines: list[bytes], *, is_needed: bool) -> str:
    """Find the one Host among the fields, all of which must be well formed (RFC 9112 §3.2, §5)."""
    hosts = []
    for line in lines:
        field = _FIELD.fullmatch(line)
        if not field:
            raise BadRequest(HTTPStatus.BAD_REQUEST, "a field is NAME: VALUE on one line")
        if field[1].lower() == b"host":
            hosts.append(field[2].decode("latin-1"))
    if len(hosts) > 1 or (is_needed and not hosts):
        raise BadRequest(HTTPStatus.BAD_REQUEST, "Host must be there once")
    return normalize_host(hosts[0]) if hosts else ""


def _read_target(target: str, host: str) -> tuple[str, str]:
    """Read path, without query, and host; an absolute form overrides Host (RFC 9112 §3.2.2)."""
    absolute = _ABSOLUTE.fullmatch(target)
    if not absolute:
        return (target.partition("?")[0] if target.startswith("/") else "", host)
    host = normalize_host(absolute["authority"])
    if not host:  # RFC 9110 §4.2.1
        raise BadRequest(HTTPStatus.BAD_REQUEST, "a target in absolute form must name a host")
    return absolute["path"], host
