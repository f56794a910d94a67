"""The dashboard's edge: who is signed in, whether the route is theirs, whether the form is ours. Deny by default."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from certwright.domain.access import Action, Caller, authorize
from certwright.domain.errors import CertwrightError, NotAllowed, NotAuthenticated, NotFound
from certwright.web.dashboard.admission import PageGate, admit
from certwright.web.dashboard.cookies import cookie_name, write_cookie
from certwright.web.dashboard.error_page import error_page
from certwright.web.dashboard.layout import Visit
from certwright.web.dashboard.replies import COOKIE, Reply, as_event, page, secure, see
from certwright.web.dashboard.request import BrowserRequest, check_origin, read_request
from certwright.web.log_keys import log_keys, request_id
from certwright.web.problems import status_of

ANYONE = None
"""The action of a route that needs no sign-in."""

FORM_TOKEN = "form_token"  # noqa: S105 - a field's name


class PageEdge:
    """Takes an event, finds out who is signed in and whether they may, and only then routes it.

    `actions` gives each route key (`GET /certificates/{id}`) what it does, or `ANYONE`; a route that is not listed is
    refused. What a session was begun with is looked at again for every request: a deleted token ends its
    sessions at once.
    """

    def __init__(
        self,
        app: APIGatewayHttpResolver,
        actions: Mapping[str, Action | None],
        gate: Callable[[], PageGate],
        logger: Logger,
    ) -> None:
        self._app = app
        self._actions = actions
        self._gate = gate
        self._logger = logger
        app.exception_handler(CertwrightError)(self._on_error)
        app.exception_handler(NotFoundError)(self._on_unknown_route)

    def handle(self, event: dict[str, Any], context: Any) -> Reply:
        """Answer one request of API Gateway (HTTP API, payload 2.0)."""
        with self._logger.append_context_keys(**log_keys(event)):
            bare = read_request({**event, "routeKey": "", "body": ""})
            return secure(self._answer(event, context, bare), bare)

    def _answer(self, event: dict[str, Any], context: Any, bare: BrowserRequest) -> Reply:
        self._app.context.update(request=bare, visit=None)
        try:
            request = read_request(event)
            self._app.context["request"] = request
            return self._route(event, context, request)
        except NotAuthenticated:
            return as_event(see(_sign_in_address(bare, event)))
        except CertwrightError as error:
            return as_event(self._on_error(error))
        except Exception:
            self._logger.exception("failed")
            sentence = f"Something went wrong on our side; the log has it under the request id {request_id(event)}."
            return as_event(self._on_error(CertwrightError(sentence)))

    def _route(self, event: dict[str, Any], context: Any, request: BrowserRequest) -> Reply:
        if request.route not in self._actions:
            raise NotFound("There is no such page.", code="no-route")
        if request.is_form:
            check_origin(request)
        action = self._actions[request.route]
        if action is None:
            return dict(self._app.resolve(event, context))
        gate = self._gate()
        cookie = request.cookies.get(cookie_name(request), "")
        admission = admit(gate, cookie, request.path, is_live=request.is_live)
        visit = admission.visit
        self._app.context["visit"] = visit
        with self._logger.append_context_keys(token=visit.caller.token_id, owner=visit.caller.owner):
            authorize(visit.caller, action)
            _check_form_token(request, visit)
            reply: Reply = dict(self._app.resolve(event, context))
        if admission.renewed:
            reply["headers"] = {COOKIE: write_cookie(request, admission.renewed), **reply["headers"]}
        return reply

    def _on_error(self, error: CertwrightError) -> Response[str]:
        visit: Visit | None = self._app.context.get("visit")
        self._logger.info("refused", code=error.code, token=visit.caller.token_id if visit else None)
        return page(error_page(visit, error), status_of(error).value)

    def _on_unknown_route(self, _: NotFoundError) -> Response[str]:
        return self._on_error(NotFound("There is no such page.", code="no-route"))


def visit_of(app: APIGatewayHttpResolver) -> Visit:
    """Take the visit that the edge admitted."""
    visit: Visit = app.context["visit"]
    return visit


def request_of(app: APIGatewayHttpResolver) -> BrowserRequest:
    """Take the request as the edge read it."""
    request: BrowserRequest = app.context["request"]
    return request


def caller_of(app: APIGatewayHttpResolver) -> Caller:
    """Take the caller that the edge admitted."""
    return visit_of(app).caller


def _check_form_token(request: BrowserRequest, visit: Visit) -> None:
    if request.is_form and not visit.is_own_form(request.text(FORM_TOKEN)):
        raise NotAllowed("This form is from an earlier visit. Open the page again and send it from there.", code="form")


def _sign_in_address(request: BrowserRequest, event: dict[str, Any]) -> str:
    """Lead to signing in and from there back to the page that was asked for."""
    is_page = str(event.get("routeKey", "")).startswith("GET ") and request.path != "/"
    return f"/sign-in?{urlencode({'to': request.path})}" if is_page else "/sign-in"
