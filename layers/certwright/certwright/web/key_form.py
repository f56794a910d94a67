"""Private keys for browsers: a form carries the token, since a link can't, and a session is no right to a key.

Nothing of a session counts here. A page of another site can't send a token that it does not know.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from certwright.domain.errors import CertwrightError, InvalidRequest, NotAllowed, NotFound
from certwright.web.dashboard.error_page import error_page
from certwright.web.dashboard.replies import Reply, as_event, page, secure
from certwright.web.dashboard.request import BrowserRequest, read_request
from certwright.web.problems import status_of

_KINDS: Mapping[int, type[CertwrightError]] = {403: NotAllowed, 404: NotFound}
"""What a page is headed by, from the status of the reply it stands for."""


def answer_form(event: dict[str, Any], answer: Callable[[dict[str, Any]], Reply]) -> Reply:
    """Answer a form as the same request with a bearer token is answered, with refusals as pages."""
    bare = read_request({**event, "routeKey": ""})
    try:
        reply = answer(_as_bearer(event, read_request(event)))
    except InvalidRequest as error:
        return _refusal(error, status_of(error).value, bare)
    if reply["statusCode"] >= 400:
        kind = _KINDS.get(reply["statusCode"], CertwrightError)
        return _refusal(kind(json.loads(reply["body"])["detail"]), reply["statusCode"], bare)
    return secure(reply, bare)


def _as_bearer(event: dict[str, Any], request: BrowserRequest) -> dict[str, Any]:
    """Put the token where scripts send it (RFC 6750 §2.1)."""
    headers = {name: value for name, value in request.headers.items() if name != "content-type"}
    headers["authorization"] = f"Bearer {request.text('token')}"
    return {**event, "headers": headers, "body": "", "isBase64Encoded": False}


def _refusal(error: CertwrightError, status: int, request: BrowserRequest) -> Reply:
    return secure(as_event(page(error_page(None, error), status)), request)
