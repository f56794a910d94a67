"""Hands out private keys with their certificates: the only function with an address that can read them."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from certwright import bootstrap
from certwright.domain.access import Action
from certwright.flows.read_bundle import find_current, read_bundle
from certwright.web.conditions import entity_tag, is_known
from certwright.web.edge import Edge, Event, Gate, Reply, caller_of
from certwright.web.key_form import answer_form

ACTIONS = {
    "GET /v1/certificates/{id}/bundle": Action.READ_KEYS,
    "POST /v1/certificates/{id}/bundle": Action.READ_KEYS,
}

logger = Logger(service="certwright-keys")
app = APIGatewayHttpResolver()


@cache
def safe() -> bootstrap.Safe:
    """Build what keys are read with, at the first request."""
    return bootstrap.build_safe()


edge = Edge(app, ACTIONS, lambda: Gate(safe().tokens, safe().clock), logger)


def handler(event: Event, context: Any) -> Reply:
    """Answer one request; a browser's form gets pages for refusals."""
    if str(event.get("routeKey", "")).startswith("POST "):
        return answer_form(event, lambda as_bearer: edge.handle(as_bearer, context))
    return edge.handle(event, context)


@app.get("/v1/certificates/<id>/bundle")
@app.post("/v1/certificates/<id>/bundle")
def bundle(id: str) -> Response[str]:
    """Send key and chain of the current version as one PEM file, unless the caller has it; every reading is logged.

    The tag is the version's before its bundle is read: it may be older than what is sent, never newer.
    """
    caller = caller_of(app)
    tag = entity_tag(find_current(safe().certificates, caller, id).attempt)
    headers = {"cache-control": "no-store", "etag": tag}
    if is_known(app.current_event.headers.get("if-none-match") or "", tag):
        return Response(304, body="", headers={**headers})
    pem = read_bundle(safe().certificates, safe().versions, caller, id)
    logger.info("key read", certificate=id)
    headers["content-disposition"] = f'attachment; filename="{id}.pem"'
    return Response(200, "application/x-pem-file", pem.decode("ascii"), headers={**headers})
