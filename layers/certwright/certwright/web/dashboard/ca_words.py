"""What a CA said, in its own words: its problem document, laid out (RFC 8555 §6.7)."""

import json
from collections.abc import Iterator, Mapping

from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html, Node

MOST_SUBPROBLEMS = 20

type Document = Mapping[str, object]


def ca_words(document: str) -> Html | None:
    """Show a problem document with its subproblems; what is none is shown as it came."""
    if not document:
        return None
    parsed = _parse(document)
    said = [h.code(document)] if parsed is None else list(_lay_out(parsed))
    return h.div(h.p("The CA’s own words", class_="said-by"), *said, class_="said")


def _parse(text: str) -> Document | None:
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _lay_out(document: Document) -> Iterator[Node]:
    detail, kind = _text(document, "detail") or _text(document, "title"), _text(document, "type")
    if detail:
        yield h.p(detail)
    if kind:
        status = document.get("status")
        yield h.p(h.code(kind), f" · HTTP {status}" if isinstance(status, int) and status else "", class_="quiet")
    parts = document.get("subproblems")
    found = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    if found:
        yield h.dl(*(_subproblem(part) for part in found[:MOST_SUBPROBLEMS]), class_="subproblems")


def _subproblem(part: Document) -> Html:
    """Show one name's problem (RFC 8555 §6.7.1)."""
    identifier = part.get("identifier")
    name = _text(identifier, "value") if isinstance(identifier, dict) else ""
    return h.div(
        h.dt(h.code(name or "no name")),
        h.dd(_text(part, "detail") or "no reason", h.small(h.code(_text(part, "type")))),
    )


def _text(document: Document, key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""
