"""A small OpenID Connect provider on loopback, with real keys: what ID tokens are made and refused with."""

import hmac
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from josepy.b64 import b64encode
from josepy.jwa import RS256
from josepy.jwk import JWKRSA

from certwright.adapters.egress import Egress, parse_allow_list
from certwright.adapters.oidc_provider import Client, OidcProvider
from certwright.domain.identity import parse_grants
from certwright.flows.world import SignInDesk
from certwright.ports import Clock
from tests.support.serving import serving

CLIENT_ID, CLIENT_SECRET = "certwright-test", "a client's secret / with: signs"

type Claims = dict[str, Any]


@cache
def make_key(name: str) -> JWKRSA:
    """Make a key, once for each name."""
    assert name
    return JWKRSA(key=rsa.generate_private_key(public_exponent=65537, key_size=2048))


def sign(claims: Claims, key: str = "k1", header: Claims | None = None) -> str:
    """Sign an ID token by RS256; `header` replaces what is said of it."""
    said = {"alg": "RS256", "kid": key, "typ": "JWT"} | (header or {})
    parts = b".".join(b64encode(json.dumps(part).encode()) for part in (said, claims))
    return (parts + b"." + b64encode(RS256.sign(make_key(key).key, parts))).decode()


@dataclass(slots=True)
class Provider:
    """What it knows; tests change `person`, `alter` the claims or `write` the token another way."""

    url: str = ""
    keys: tuple[str, ...] = ("k1",)
    person: Claims = field(default_factory=lambda: {"sub": "u-1", "name": "Jo Doe", "groups": ["pki-admins", "staff"]})
    alter: Callable[[Claims], Claims] = lambda claims: claims
    write: Callable[[Claims], str] = sign
    clock: Callable[[], int] = lambda: 0
    codes: dict[str, Claims] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def metadata(self) -> Claims:
        """Describe it (OpenID Connect Discovery §3)."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def key_set(self) -> Claims:
        """List the public keys."""
        return {"keys": [make_key(name).public_key().to_json() | {"kid": name, "use": "sig"} for name in self.keys]}

    def agree(self, query: dict[str, str]) -> str:
        """Sign the person in and build the way back."""
        code = token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, Claims]:
        """Exchange a code, once, for whoever has the secret and the verifier (RFC 6749 §4.1.3, RFC 7636 §4.6)."""
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or not _is_client(authorization) or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if not hmac.compare_digest(challenge, asked["code_challenge"]):
            return 400, {"error": "invalid_grant"}
        now = self.clock() // 1000
        claims = {"iss": self.url, "aud": CLIENT_ID, "exp": now + 300, "iat": now, "nonce": asked["nonce"]}
        return 200, {"token_type": "Bearer", "id_token": self.write(self.alter(claims | self.person))}


def build_sign_in(provider: Provider, clock: Clock, roles: str) -> SignInDesk:
    """Build what the dashboard signs people in with, by this provider; `roles` are as in the parameter OidcRoles."""
    client = Client(provider.url, CLIENT_ID, read_secret=lambda: CLIENT_SECRET)
    egress = Egress(allow=parse_allow_list(f"127.0.0.0/8:{urlsplit(provider.url).port}"))
    return SignInDesk(OidcProvider(client, egress=egress, clock=clock), parse_grants(roles), "terms")


def _is_client(authorization: str) -> bool:
    kind, _, encoded = authorization.partition(" ")
    name, _, secret = b64decode(encoded).decode().partition(":")
    (secret,) = parse_qs(f"x={secret}")["x"] if secret else ("",)
    return (kind, name, secret) == ("Basic", CLIENT_ID, CLIENT_SECRET)


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.provider.asked.append(parts.path)
        match parts.path:
            case "/.well-known/openid-configuration":
                self._json(200, self.provider.metadata())
            case "/keys":
                self._json(200, self.provider.key_set())
            case "/authorize":
                way_back = escape(self.provider.agree(query))
                page = f'<!doctype html><html lang="en"><title>Provider</title><a href="{way_back}">Continue</a></html>'
                self._send(200, "text/html", page.encode())
            case _:
                self._json(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._json(*self.provider.redeem(form, self.headers.get("Authorization", "")))

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _json(self, status: int, value: Claims) -> None:
        self._send(status, "application/json", json.dumps(value).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serve_provider(clock: Callable[[], int]) -> Iterator[Provider]:
    """Serve a provider on a free port; `clock` gives epoch milliseconds."""
    provider = Provider(clock=clock)
    handler = type("Handler", (_Handler,), {"provider": provider})
    with serving(handler) as address:
        provider.url = f"http://{address}"
        yield provider
