"""What every line of the log says while a request is answered."""

from collections.abc import Mapping
from typing import Any

LONGEST_ID = 64
"""Longer text in the place of an id is cut: it is no id of ours."""


def request_id(event: Mapping[str, Any]) -> str:
    """Read the id that API Gateway gave a request; a certificate that it asks for carries it as `correlation_id`."""
    return str(event.get("requestContext", {}).get("requestId", ""))


def log_keys(event: Mapping[str, Any]) -> dict[str, str]:
    """Name the request, its route, and the certificate that the route is about, if any."""
    route = str(event.get("routeKey", ""))
    keys = {"request_id": request_id(event), "route": route}
    if "/certificates/{id}" in route:
        keys["certificate"] = str((event.get("pathParameters") or {}).get("id", ""))[:LONGEST_ID]
    return keys
