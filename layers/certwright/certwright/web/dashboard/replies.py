"""What browsers get: pages that nothing may frame, and that run no code but this site's own file."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from certwright.web.dashboard.html import Html
from certwright.web.dashboard.request import BrowserRequest

type Reply = dict[str, Any]

HTML = "text/html; charset=utf-8"
SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types certwright"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
COOKIE = "set-cookie"
ERRAND_COOKIE = "set-cookie-errand"
"""Where a reply carries its cookies until they are told apart for API Gateway: the session's, and a sign-in's."""
TLS_ONLY = {"strict-transport-security": "max-age=31536000"}


def page(content: Html, status: int = 200) -> Response[str]:
    """Send a page that no cache may keep."""
    return Response(status, HTML, content.document(), headers={"cache-control": "no-store"})


def fragment(content: Html) -> Response[str]:
    """Send a part of a page."""
    return Response(200, HTML, content.markup, headers={"cache-control": "no-store"})


def see(address: str) -> Response[str]:
    """Lead on after a form, so that reloading sends nothing again."""
    return Response(303, HTML, "", headers={"location": address, "cache-control": "no-store"})


def as_event(response: Response[str]) -> Reply:
    """Write a reply that no route made as API Gateway takes it."""
    headers = {name: str(value) for name, value in response.headers.items()}
    headers["content-type"] = response.content_type or HTML
    return {
        "statusCode": response.status_code,
        "headers": headers,
        "body": response.body or "",
        "isBase64Encoded": False,
    }


def secure(reply: Reply, request: BrowserRequest) -> Reply:
    """Add the headers that every reply has; cookies go where API Gateway takes them."""
    headers = {**reply.get("headers", {}), **SECURITY_HEADERS, **(TLS_ONLY if request.is_secure else {})}
    cookies = [headers.pop(name) for name in (COOKIE, ERRAND_COOKIE) if name in headers]
    return {**reply, "headers": headers, "cookies": cookies}
