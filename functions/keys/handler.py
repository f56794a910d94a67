"""Hands out private keys with their certificates: the only function with an address that can read them."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from certwright import bootstrap
from certwright.domain.access import Action
from certwright.flows.read_bundle import read_bundle
from certwright.web.edge import Edge, Event, Gate, Reply, caller_of

ACTIONS = {"GET /v1/certificates/{id}/bundle": Action.READ_KEYS}

logger = Logger(service="certwright-keys")
app = APIGatewayHttpResolver()


@cache
def safe() -> bootstrap.Safe:
    """Build what keys are read with, at the first request."""
    return bootstrap.build_safe()


edge = Edge(app, ACTIONS, lambda: Gate(safe().tokens, safe().clock), logger)


def handler(event: Event, context: Any) -> Reply:
    """Answer one request."""
    return edge.handle(event, context)


@app.get("/v1/certificates/<id>/bundle")
def bundle(id: str) -> Response[str]:
    """Send key and chain of the current version as one PEM file; every reading is logged."""
    caller = caller_of(app)
    pem = read_bundle(safe().certificates, safe().versions, caller, id)
    logger.info("key read", certificate=id)
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{id}.pem"'}
    return Response(200, "application/x-pem-file", pem.decode("ascii"), headers=headers)
