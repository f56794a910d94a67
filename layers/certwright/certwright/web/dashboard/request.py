"""A browser's request, read from API Gateway's event."""

from base64 import b64decode
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from certwright.domain.errors import InvalidRequest, NotAllowed

MAX_BODY_BYTES = 64 * 1024
FORM = "application/x-www-form-urlencoded"

type Fields = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class BrowserRequest:
    """What the edge and the pages look at; `fields` are the form's, empty for a GET."""

    route: str
    path: str
    host: str
    headers: dict[str, str]
    cookies: dict[str, str]
    query: dict[str, str]
    fields: Fields = field(default_factory=dict, repr=False)

    @property
    def is_form(self) -> bool:
        """Tell whether it may change something."""
        return self.route.startswith("POST ")

    @property
    def is_secure(self) -> bool:
        """Tell whether it came by TLS: all do, but for those that never leave the machine."""
        return not _is_loopback(self.host)

    @property
    def origin(self) -> str:
        """The address of this deployment, as the browser has it."""
        return f"{'https' if self.is_secure else 'http'}://{self.host}"

    @property
    def is_live(self) -> bool:
        """Tell whether a page asks for itself again, with nobody at the keys."""
        return self.headers.get("x-requested-by") == "live"

    def text(self, name: str) -> str:
        """Take a field of the form, stripped; empty where it was not sent."""
        return (self.fields.get(name) or [""])[0].strip()

    def texts(self, name: str) -> list[str]:
        """Take all values of a field, as check boxes send them."""
        return self.fields.get(name, [])


def read_request(event: dict[str, Any]) -> BrowserRequest:
    """Read an event (HTTP API, payload 2.0); raises `InvalidRequest` for a body that is no form of ours."""
    headers = {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    pairs = (cookie.partition("=") for cookie in event.get("cookies") or [])
    route = str(event.get("routeKey", ""))
    return BrowserRequest(
        route=route,
        path=str(event.get("rawPath", "/")),
        host=headers.get("host", ""),
        headers=headers,
        cookies={name.strip(): value for name, _, value in pairs},
        query=dict(event.get("queryStringParameters") or {}),
        fields=_read_form(event, headers) if route.startswith("POST ") else {},
    )


def check_origin(request: BrowserRequest) -> None:
    """Refuse a form that was sent from another site; raises `NotAllowed`.

    Browsers send Origin with every POST, so that a form without one comes from none.
    """
    is_ours = request.headers.get("origin", "") == request.origin and bool(request.host)
    if not is_ours or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise NotAllowed("This form was sent from another site. Open the page here and try again.", code="other-origin")


def _read_form(event: dict[str, Any], headers: dict[str, str]) -> Fields:
    body = event.get("body") or ""
    if len(body) > MAX_BODY_BYTES:
        raise InvalidRequest("The form is too large: ask for fewer names at a time.", field="form", code="too-large")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise InvalidRequest("Send the form as the page has it.", field="form", code="not-a-form")
    try:
        text = b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else body
        return parse_qs(text, keep_blank_values=True, max_num_fields=2000)
    except ValueError as error:
        raise InvalidRequest("The form can't be read: reload the page.", field="form", code="form") from error


def _is_loopback(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
