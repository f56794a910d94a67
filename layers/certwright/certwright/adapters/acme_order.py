"""Orders, authorizations and challenges from the wire (RFC 8555 §7.1.3, §7.1.4, §8)."""

from dataclasses import replace

from certwright.adapters.acme_document import Document, child, children, instant, malformed, text, texts
from certwright.adapters.acme_problem import order_error, validation_problem
from certwright.domain.order import Authorization, Challenge, Order, Status
from certwright.domain.problem import Actor, Problem


def read_order(document: Document, url: str) -> Order:
    """Read an order without its authorizations; `Unavailable` when the document is not one."""
    identifiers = children(document, "identifiers")
    error = child(document, "error")
    return Order(
        url=url,
        status=_status(document, url),
        names=tuple(sorted(text(identifier, "value") for identifier in identifiers)),
        finalize_url=text(document, "finalize"),
        authorization_urls=texts(document, "authorizations"),
        certificate_url=text(document, "certificate"),
        expires_at=instant(document, "expires"),
        problem=order_error(error) if error else None,
    )


def read_authorization(document: Document, url: str) -> Authorization:
    """Read an authorization with its challenges, of types we do not know too; `Unavailable` when it is none."""
    identifier = text(child(document, "identifier"), "value")
    if not identifier:
        raise malformed("sent an authorization without identifier", url)
    is_wildcard = document.get("wildcard") is True
    name = f"*.{identifier}" if is_wildcard else identifier
    challenges = (_challenge(item, name) for item in children(document, "challenges"))
    return Authorization(
        url=url,
        identifier=identifier,
        is_wildcard=is_wildcard,
        status=_status(document, url),
        challenges=tuple(challenge for challenge in challenges if challenge),
    )


def explain(order: Order) -> Order:
    """Say why an order is invalid: its failed challenge first, then its own error, then what became of its parts."""
    return replace(order, problem=_failed_challenge(order) or order.problem or _ended(order))


def _failed_challenge(order: Order) -> Problem | None:
    challenges = (item for authorization in order.authorizations for item in authorization.challenges)
    return next((item.problem for item in challenges if item.problem), None)


def _ended(order: Order) -> Problem:
    dead = (Status.EXPIRED, Status.DEACTIVATED, Status.REVOKED, Status.INVALID)
    ended = next((item for item in order.authorizations if item.status in dead), None)
    if ended is None:
        return Problem("ca-order-ended", "The CA ended the order without a reason; it may have expired.", Actor.CA)
    sentence = f"The CA's authorization for {ended.name} is {ended.status}; a new order asks for a new one."
    return Problem(f"ca-authorization-{ended.status}", sentence, Actor.CA, subject=ended.name)


def _challenge(document: Document, name: str) -> Challenge | None:
    """Read a challenge; None for one whose status is not the RFC's, as it can't be used."""
    status = text(document, "status")
    if status not in Status:
        return None
    error = child(document, "error")
    return Challenge(
        type=text(document, "type"),
        url=text(document, "url"),
        token=text(document, "token"),
        status=Status(status),
        problem=validation_problem(error, name) if error else None,
    )


def _status(document: Document, url: str) -> Status:
    status = text(document, "status")
    if status not in Status:
        raise malformed(f"sent an unknown status ({status[:40]!r})", url)
    return Status(status)
