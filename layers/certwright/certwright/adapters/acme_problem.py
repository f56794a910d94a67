"""Problem documents (RFC 8555 §6.7), from the wire to our errors and stored problems."""

import json
from dataclasses import replace

from certwright.adapters.acme_document import Document, child, children, host, text
from certwright.domain.ca_refusals import with_remedy
from certwright.domain.errors import CaRefusal, Unavailable
from certwright.domain.problem import Problem

TYPE_PREFIX = "urn:ietf:params:acme:error:"
BAD_NONCE = "badNonce"
MAX_DETAIL = 1000
MAX_DOCUMENT = 8 * 1024
MAX_SUBPROBLEMS = 5
TEMPORARY = (408, 425, 429)


def refusal(url: str, status: int, body: bytes, retry_after_seconds: float) -> CaRefusal | Unavailable:
    """Build the error for a reply that is not a success.

    With a problem document it is a `CaRefusal`. Without one it is `Unavailable` for 5xx and what asks to come back,
    and a `CaRefusal` with an empty type for the rest, redirects too: an ACME server has no reason for them.
    """
    document = problem_document(body)
    if document is not None:
        return CaRefusal(
            describe(document) or f"{host(url)} answered HTTP {status}",
            type=problem_type(document),
            status=status,
            document=dump(document),
            retry_after_seconds=retry_after_seconds,
        )
    if status >= 500 or status in TEMPORARY:
        sentence = f"{host(url)} answered HTTP {status}; it is tried again."
        return Unavailable(sentence, retry_after_seconds=retry_after_seconds)
    sentence = f"{host(url)} answered HTTP {status} without a reason"
    return CaRefusal(sentence, type="", status=status, retry_after_seconds=retry_after_seconds)


def problem_document(body: bytes) -> Document | None:
    """Parse a body as a problem document, None when it is none."""
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) and (text(parsed, "type") or text(parsed, "detail")) else None


def problem_type(document: Document) -> str:
    """Read the type without ACME's prefix; another namespace's is kept whole, `about:blank` is empty (RFC 9457 §3)."""
    full = text(document, "type")
    return "" if full == "about:blank" else full.removeprefix(TYPE_PREFIX)


def describe(document: Document) -> str:
    """Say the detail in one line, with the subproblems' names and details (RFC 8555 §6.7.1)."""
    parts = [text(document, "detail") or text(document, "title")]
    for part in children(document, "subproblems")[:MAX_SUBPROBLEMS]:
        name = text(child(part, "identifier"), "value")
        parts.append(f"{name}: {text(part, 'detail')}" if name else text(part, "detail"))
    return "; ".join(part for part in parts if part)[:MAX_DETAIL]


def dump(document: Document) -> str:
    """Write a problem document as compact JSON, reduced to type, status and detail where it is longer than 8 KiB."""
    whole = json.dumps(document, separators=(",", ":"))
    if len(whole) <= MAX_DOCUMENT:
        return whole
    kept = {"type": text(document, "type")[:MAX_DETAIL], "detail": text(document, "detail")[:MAX_DETAIL]}
    return json.dumps(kept, separators=(",", ":"))


def validation_problem(document: Document, name: str) -> Problem:
    """Turn the error of a challenge into a problem that says which name failed, and who must act."""
    type_ = problem_type(document)
    sentence = with_remedy(f"The CA could not validate {name}: {describe(document)}", type_)
    return replace(_stored(document, type_), sentence=sentence, subject=name)


def order_error(document: Document) -> Problem:
    """Turn the error of an order into a problem; of several subproblems the first says who must act."""
    subproblems = children(document, "subproblems")
    first = subproblems[0] if subproblems else document
    subject = text(child(first, "identifier"), "value") or text(child(document, "identifier"), "value")
    return replace(_stored(document, problem_type(first)), subject=subject)


def _stored(document: Document, type_: str) -> Problem:
    return CaRefusal(describe(document), type=type_, status=0, document=dump(document)).problem
