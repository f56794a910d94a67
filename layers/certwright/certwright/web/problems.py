"""Errors as problem documents (RFC 9457): the one mapping from what went wrong to what the wire says."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from certwright.domain.errors import (
    CertwrightError,
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    StaleRevision,
    Unavailable,
)

CONTENT_TYPE = "application/problem+json"

_STATUS: Mapping[type[CertwrightError], HTTPStatus] = {
    InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    StaleRevision: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_BY_CODE = {
    "malformed-json": HTTPStatus.BAD_REQUEST,
    "body-too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


def status_of(error: CertwrightError) -> HTTPStatus:
    """Choose the HTTP status of an error."""
    by_type = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), None)
    return _BY_CODE.get(error.code) or by_type or HTTPStatus.INTERNAL_SERVER_ERROR


def problem_document(error: CertwrightError, request_id: str) -> dict[str, object]:
    """Describe an error for the caller: `type`, `title`, `status`, `detail`, `code`, `instance`, and `field` if known."""
    status = status_of(error)
    document: dict[str, object] = {
        "type": f"urn:certwright:problem:{error.code}",
        "title": status.phrase,
        "status": status.value,
        "detail": error.sentence,
        "code": error.code,
        "instance": f"urn:certwright:request:{request_id}",
    }
    if isinstance(error, InvalidRequest):
        document["field"] = error.field
    return document


def problem_reply(error: CertwrightError, request_id: str) -> dict[str, object]:
    """Build the whole API Gateway reply (payload 2.0) for an error."""
    status = status_of(error)
    headers = {"content-type": CONTENT_TYPE, "cache-control": "no-store"}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="certwright"'
    if isinstance(error, Unavailable):
        headers["retry-after"] = str(max(1, round(error.retry_after_seconds)))
    body = json.dumps(problem_document(error, request_id), ensure_ascii=False)
    return {"statusCode": status.value, "headers": headers, "body": body, "isBase64Encoded": False}
