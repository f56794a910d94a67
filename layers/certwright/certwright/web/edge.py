"""The edge of every HTTP function: authenticate, authorize by route, run one flow, map errors. Deny by default."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from certwright import ports
from certwright.domain.access import Action, Caller, authenticate, authorize, split_bearer
from certwright.domain.errors import CertwrightError, InvalidRequest, NotAuthenticated, NotFound
from certwright.web.log_keys import log_keys, request_id
from certwright.web.problems import CONTENT_TYPE, problem_reply

JSON = "application/json"
MAX_BODY_BYTES = 64 * 1024

type Event = dict[str, Any]
type Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Gate:
    """What authenticating needs; built at the first request."""

    tokens: ports.Tokens
    clock: ports.Clock


class Edge:
    """Takes an event, finds out who asks and whether they may, and only then routes it.

    `actions` gives each route key (`GET /v1/zones`) what it does; a route that is not listed is refused.
    """

    def __init__(
        self, app: APIGatewayHttpResolver, actions: Mapping[str, Action], gate: Callable[[], Gate], logger: Logger
    ) -> None:
        self._app = app
        self._actions = actions
        self._gate = gate
        self._logger = logger
        app.exception_handler(CertwrightError)(self._on_error)
        app.exception_handler(RequestValidationError)(self._on_invalid)
        app.exception_handler(NotFoundError)(self._on_unknown_route)

    def handle(self, event: Event, context: Any) -> Reply:
        """Answer one request of API Gateway (HTTP API, payload 2.0)."""
        with self._logger.append_context_keys(**log_keys(event)):
            return self._answer(event, context, request_id(event))

    def _answer(self, event: Event, context: Any, asked_as: str) -> Reply:
        try:
            caller = self._admit(event)
            self._app.context["caller"] = caller
            with self._logger.append_context_keys(token=caller.token_id, owner=caller.owner):
                reply: Reply = self._app.resolve(event, context)
        except CertwrightError as error:
            self._logger.info("refused", code=error.code)
            return problem_reply(error, asked_as).as_event()
        except Exception:
            self._logger.exception("failed")
            sentence = f"Something went wrong on our side; the log has it under the request id {asked_as}."
            return problem_reply(CertwrightError(sentence), asked_as).as_event()
        return reply

    def _admit(self, event: Event) -> Caller:
        """Authenticate, then authorize the route; raises `NotAuthenticated`, `NotAllowed`, `NotFound`."""
        gate = self._gate()
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        if "authorization" not in headers:
            raise NotAuthenticated("Send the header “Authorization: Bearer cw_…” with a token of this deployment.")
        token_id, secret = split_bearer(headers["authorization"])
        caller = authenticate(gate.tokens.read(token_id), secret, gate.clock.now())
        action = self._actions.get(str(event.get("routeKey", "")))
        if action is None:
            raise NotFound("There is nothing at this address: see /v1/openapi.json for what there is.", code="no-route")
        authorize(caller, action)
        _check_body(event, headers.get("content-type", ""))
        return caller

    def _on_error(self, error: CertwrightError) -> Response[str]:
        return self._respond(error)

    def _on_invalid(self, error: RequestValidationError) -> Response[str]:
        first = error.errors()[0]
        return self._respond(InvalidRequest(_explain(first), field=_field(first), code=_code(first)))

    def _on_unknown_route(self, _: NotFoundError) -> Response[str]:
        return self._respond(NotFound("There is nothing at this address.", code="no-route"))

    def _respond(self, error: CertwrightError) -> Response[str]:
        self._logger.info("refused", code=error.code)
        reply = problem_reply(error, request_id(self._app.current_event.raw_event))
        return Response(reply.status, CONTENT_TYPE, reply.body, headers={**reply.headers})


def caller_of(app: APIGatewayHttpResolver) -> Caller:
    """Take the caller that the edge admitted."""
    caller: Caller = app.context["caller"]
    return caller


def json_reply(status: int, value: object) -> Response[str]:
    """Build a JSON reply that no cache may keep."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(status, JSON, body, headers={"cache-control": "no-store"})


def _check_body(event: Event, content_type: str) -> None:
    """Refuse what is too large, of another type or no JSON, before anything else has to cope with it."""
    body = event.get("body") or ""
    if len(body) > MAX_BODY_BYTES:
        raise InvalidRequest(
            f"The body is larger than {MAX_BODY_BYTES // 1024} KiB: ask for fewer names at a time.",
            field="body",
            code="body-too-large",
        )
    if body and content_type.partition(";")[0].strip().lower() not in ("", JSON):
        raise InvalidRequest(
            f"Send the body as JSON, with the header “Content-Type: {JSON}”.", field="content-type", code="not-json"
        )
    try:
        json.loads(b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else body or "null")
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The body is not JSON: send an object.", field="body", code="malformed-json") from error


def _field(error: Mapping[str, Any]) -> str:
    """Write the place of a validation error as a caller would: `names[2]`, without where it was sent.

    Where a field may be of several types, pydantic's place ends in the type it tried; that is no name of a caller's.
    """
    parts = [part for part in error["loc"] if part not in ("body", "query", "path", "header")]
    if parts[:1] == ["challenge"]:
        parts = parts[:1]
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".") or "body"


def _code(error: Mapping[str, Any]) -> str:
    return {"extra_forbidden": "unknown-field", "missing": "field-missing"}.get(error["type"], "invalid-field")


def _explain(error: Mapping[str, Any]) -> str:
    field = _field(error)
    if field == "body":
        return "Send a JSON object as the body; /v1/openapi.json has its fields."
    if error["type"] == "extra_forbidden":
        return f"There is no field “{field}”: leave it out, or see /v1/openapi.json for the fields."
    if error["type"] == "missing":
        return f"The field “{field}” is missing."
    return f"The field “{field}” is not acceptable: {error['msg'].lower()}."
