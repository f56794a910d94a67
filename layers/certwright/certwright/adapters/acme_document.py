"""Reading a CA's JSON with distrust: each look-up says what it expects, and whose fault it is when it is not there."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

from certwright.domain.errors import Unavailable

type Document = Mapping[str, object]


def malformed(what: str, url: str) -> Unavailable:
    """Build the error for an answer that no CA should give; it may give a better one later."""
    return Unavailable(f"The CA {host(url)} {what}; it is tried again.", code="ca-garbled")


def host(url: str) -> str:
    """Name the host of a URL for a person; never raises, as the URL may be a CA's."""
    try:
        return urlsplit(url).hostname or "without a name"
    except ValueError:
        return "without a name"


def scheme(url: str) -> str:
    """Read the scheme of a URL, empty where it is not one."""
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def text(document: Document, field: str) -> str:
    """Read a string, empty where it is absent or something else."""
    value = document.get(field)
    return value if isinstance(value, str) else ""


def child(document: Document, field: str) -> Document:
    """Read an object, empty where it is absent or something else."""
    value = document.get(field)
    return value if isinstance(value, dict) else {}


def children(document: Document, field: str) -> tuple[Document, ...]:
    """Read a list's objects; what is not an object is left out."""
    value = document.get(field)
    items = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, dict))


def texts(document: Document, field: str) -> tuple[str, ...]:
    """Read a list's strings; what is not a string is left out."""
    value = document.get(field)
    items = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str))


def instant(document: Document, field: str) -> int:
    """Read an RFC 3339 time as epoch milliseconds, 0 where it is absent, without an offset or not a time."""
    try:
        moment = datetime.fromisoformat(text(document, field))
    except ValueError:
        return 0
    return int(moment.timestamp() * 1000) if moment.tzinfo else 0
