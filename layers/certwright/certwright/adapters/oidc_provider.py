"""An OpenID Connect provider over HTTP: discovery, keys, the exchange of a code; all through the egress policy."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import quote, urlencode, urlsplit

from certwright.adapters.acme_connection import AddressPolicy
from certwright.adapters.acme_document import Document, children, text, texts
from certwright.adapters.acme_network import AcmeNetwork, Reply
from certwright.adapters.oidc_token import read_key_id, refused, verify
from certwright.domain.errors import CaRefusal, NotAuthenticated, Unavailable
from certwright.domain.identity import Claims, Expected, check_claims
from certwright.domain.renewal import HOUR, MINUTE, SECOND
from certwright.ports import Clock

KEPT = HOUR
LOOKED_AGAIN_AFTER = MINUTE
"""Keys are read again for a token that none of them fits, but no more often."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are to the provider; `read_secret` is asked when a code is redeemed, None for a client without one."""

    issuer: str
    client_id: str
    scopes: str = "openid profile email"
    read_secret: Callable[[], str] | None = field(default=None, repr=False)


class OidcProvider:
    """Fills in `ports.IdentityProvider`."""

    def __init__(self, client: Client, *, egress: AddressPolicy, clock: Clock, ca_bundle: str = "") -> None:
        self._client = client
        self._clock = clock
        self._network = AcmeNetwork(client.issuer, egress=egress, clock=clock, ca_bundle=ca_bundle)
        self._metadata: tuple[int, Document] = (0, {})
        self._keys: tuple[int, tuple[Document, ...]] = (0, ())

    def address(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Build the authentication request (OpenID Connect Core §3.1.2.1, RFC 7636 §4.3)."""
        endpoint = self._endpoint("authorization_endpoint")
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": redirect_uri,
            "scope": self._client.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def redeem(self, code: str, redirect_uri: str, nonce: str, verifier: str) -> Claims:
        """Exchange the code (§3.1.3.1), then check the ID token's signature and claims."""
        answer = self._exchange(code, redirect_uri, verifier)
        claims = self._verified(text(answer, "id_token"))
        expected = Expected(self._client.issuer, self._client.client_id, nonce)
        check_claims(claims, expected, self._clock.now() // SECOND)
        return claims

    def _exchange(self, code: str, redirect_uri: str, verifier: str) -> Document:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self._client.client_id,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        secret = self._client.read_secret() if self._client.read_secret else ""
        methods = texts(self._discovered(), "token_endpoint_auth_methods_supported") or ("client_secret_basic",)
        if secret and "client_secret_basic" in methods:
            headers["Authorization"] = _basic(self._client.client_id, secret)
        elif secret:
            fields["client_secret"] = secret
        reply = self._send("POST", self._endpoint("token_endpoint"), urlencode(fields).encode(), headers)
        if reply.status >= 500:
            raise _silent(self._client.issuer)
        if reply.status != 200:
            raise NotAuthenticated(
                "The identity provider does not accept this sign-in: begin again.", code="identity-refused"
            )
        return _document(reply, self._client.issuer)

    def _verified(self, token: str) -> Claims:
        """Check the signature; with a key that is not known yet the keys are read anew."""
        key_id = read_key_id(token)
        known = self._read_keys(KEPT)
        if key_id and all(text(key, "kid") != key_id for key in known):
            known = self._read_keys(LOOKED_AGAIN_AFTER)
        return verify(token, known)

    def _read_keys(self, longest: int) -> tuple[Document, ...]:
        """Read the provider's public keys (RFC 7517 §5), unless those at hand are young enough."""
        read_at, keys = self._keys
        if not keys or self._clock.now() - read_at >= longest:
            keys = children(self._get(self._endpoint("jwks_uri")), "keys")
            self._keys = (self._clock.now(), keys)
        return keys

    def _discovered(self) -> Document:
        """Read the provider's metadata, which must be the issuer's own (OpenID Connect Discovery §4.3)."""
        read_at, metadata = self._metadata
        if not metadata or self._clock.now() - read_at >= KEPT:
            metadata = self._get(f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration")
            if text(metadata, "issuer") != self._client.issuer:
                raise refused("its metadata is another issuer's; have an operator compare OidcIssuer with it")
            self._metadata = (self._clock.now(), metadata)
        return metadata

    def _endpoint(self, name: str) -> str:
        """Find an endpoint; it must be by https, as the issuer is."""
        url = text(self._discovered(), name)
        if urlsplit(url).scheme not in ("https", urlsplit(self._client.issuer).scheme):
            raise refused(f"its metadata has no {name}")
        return url

    def _get(self, url: str) -> Document:
        reply = self._send("GET", url, b"", {"Accept": "application/json"})
        if reply.status != 200:
            raise _silent(self._client.issuer)
        return _document(reply, self._client.issuer)

    def _send(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        try:
            return self._network.request(method, url, body=body, headers=headers)
        except (Unavailable, CaRefusal) as error:
            raise _silent(self._client.issuer) from error


def _document(reply: Reply, issuer: str) -> Document:
    try:
        parsed: object = json.loads(reply.body)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise _silent(issuer)
    return parsed


def _silent(issuer: str) -> Unavailable:
    return Unavailable(
        f"The identity provider {urlsplit(issuer).hostname} gives no usable answer: try again, or use a token.",
        code="identity-provider",
    )


def _basic(client_id: str, secret: str) -> str:
    """Write the client's credentials (RFC 6749 §2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {b64encode(pair.encode()).decode()}"
