"""Errors as problem documents (RFC 9457): the one mapping from what went wrong to what the wire says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
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
    "not-json": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}


def status_of(error: CertwrightError) -> HTTPStatus:
    """Choose the HTTP status of an error."""
    by_type = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), None)
    return _BY_CODE.get(error.code) or by_type or HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(frozen=True, slots=True)
class ProblemReply:
    """A problem document on its way out."""

    status: int
    headers: dict[str, str]
    body: str

    def as_event(self) -> dict[str, object]:
        """Write it as API Gateway takes it (HTTP API, payload 2.0)."""
        headers = {"content-type": CONTENT_TYPE, **self.headers}
        return {"statusCode": self.status, "headers": headers, "body": self.body, "isBase64Encoded": False}


def problem_reply(error: CertwrightError, request_id: str) -> ProblemReply:
    """Build the reply for an error; an `Unavailable` says when to come back."""
    status = status_of(error)
    headers = {"cache-control": "no-store"}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="certwright"'
    if isinstance(error, Unavailable):
        headers["retry-after"] = str(max(1, round(error.retry_after_seconds)))
    body = json.dumps(problem_document(error, request_id), ensure_ascii=False)
    return ProblemReply(status.value, headers, body)


def problem_document(error: CertwrightError, request_id: str) -> dict[str, object]:
    """Describe an error for the caller; `code` is the machine's word, `field` is there where one is to blame."""
    status = status_of(error)
    document: dict[str, object] = {
        "type": f"urn:certwright:problem:{error.code}",
        "title": status.phrase,
        "status": status.value,
        "detail": error.sentence,
        "code": error.code,
        "instance": f"urn:certwright:request:{request_id}",
    }
    if isinstance(error, InvalidRequest | NotAllowed) and error.field:
        document["field"] = error.field
    return document
