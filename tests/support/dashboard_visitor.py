"""A person at the dashboard without a browser: keeps cookies, sends forms as pages have them."""

import re
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

from local.bridge import HttpRequest, Routes, build_event, read_response
from local.template import load


@cache
def _routes(function: str) -> Routes:
    """Read the template once: that takes longer than all requests of a test."""
    return Routes(route for route in load().routes if route.function == function)


LOOPBACK = "127.0.0.1:8080"
PUBLIC = "certwright.example.com"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was answered; `cookies` are the Set-Cookie headers."""

    status: int
    headers: dict[str, str]
    body: str
    cookies: tuple[str, ...]

    @property
    def text(self) -> str:
        """The page without its tags, blanks run together."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.body.replace("<wbr>", ""))).split())


@dataclass(slots=True)
class Visitor:
    """Sends requests to a function as API Gateway would; `host` decides whether they came by TLS."""

    module: ModuleType
    function: str = "DashboardFunction"
    host: str = LOOPBACK
    jar: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """What this person's browser sends as Origin."""
        return f"{'http' if self.host == LOOPBACK else 'https'}://{self.host}"

    def get(self, target: str, **headers: str) -> Seen:
        """Open an address."""
        return self._send("GET", target, headers, b"")

    def post(self, target: str, fields: dict[str, Any] | None = None, /, **headers: str) -> Seen:
        """Send a form; its token is taken from the start page unless it is given."""
        given = dict(fields or {})
        given.setdefault("form_token", self.form_token() if "form_token" not in given else "")
        sent = {"origin": self.origin, "content-type": "application/x-www-form-urlencoded"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._send("POST", target, sent, urlencode(given, doseq=True).encode())

    def form_token(self) -> str:
        """Read the token that this visit's forms carry, empty while signed out."""
        found = re.search(r'name="form_token" value="([^"]+)"', self.get("/").body)
        return found[1] if found else ""

    def sign_in(self, bearer: str, **headers: str) -> Seen:
        """Send the form for signing in."""
        return self.post("/sign-in", {"token": bearer}, **headers)

    def _send(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Seen:
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        whole = {"host": self.host, **({"cookie": cookies} if cookies else {}), **headers}
        request = HttpRequest(method, target, tuple(whole.items()), body, "192.0.2.99")
        found = _routes(self.function).match(method, request.path)
        assert found, f"{method} {target} is no route of {self.function}"
        status, given, raw = read_response(self.module.handler(build_event(*found, request), object()))
        set_cookies = tuple(value for name, value in given if name == "set-cookie")
        for cookie in set_cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.jar[name] = value
        return Seen(status, dict(given), raw.decode(), set_cookies)
