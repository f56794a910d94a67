"""ID tokens: JWS in the compact form, signed by one of the provider's public keys (RFC 7515, RFC 7518)."""

import json
from collections.abc import Iterable
from typing import cast

from josepy.errors import Error
from josepy.jwk import JWKEC, JWKRSA
from josepy.jws import JWS

from certwright.adapters.acme_document import Document, text
from certwright.domain.errors import NotAuthenticated
from certwright.domain.identity import Claims

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
"""Signatures with public keys only: neither “none” nor an HMAC, whose key would be public."""

RSA_PARTS, EC_PARTS = ("kty", "n", "e"), ("kty", "crv", "x", "y")
LEAST_RSA_BITS = 2048
LONGEST_TOKEN = 64 * 1024
_ERRORS = (Error, ValueError, KeyError, TypeError, AttributeError)


def read_key_id(token: str) -> str:
    """Read which key a token says it is signed with, empty where it names none; raises `NotAuthenticated`."""
    return str(_parse(token).signature.combined.kid or "")


def verify(token: str, keys: Iterable[Document]) -> Claims:
    """Check a token's signature and return its claims; raises `NotAuthenticated`."""
    signed = _parse(token)
    header = signed.signature.combined
    algorithm = header.alg.name if header.alg else ""
    if algorithm not in ALGORITHMS:
        raise refused(f"it is signed by {algorithm or 'no algorithm'}")
    fitting = [key for key in keys if _fits(key, str(header.kid or ""), algorithm)]
    if not any(_is_signed(signed, key) for key in fitting):
        raise refused("none of its keys has signed it")
    try:
        claims: object = json.loads(signed.payload)
    except (ValueError, RecursionError) as error:
        raise refused("it holds no JSON") from error
    if not isinstance(claims, dict):
        raise refused("it holds no claims")
    return cast("Claims", claims)


def refused(why: str) -> NotAuthenticated:
    """Build the refusal of what a provider sent."""
    return NotAuthenticated(f"The identity provider's token is refused: {why}.", code="identity-refused")


def _parse(token: str) -> JWS:
    if len(token) > LONGEST_TOKEN:
        raise refused("it is too long")
    try:
        parsed = JWS.from_compact(token.encode("ascii"))
        parsed.signature.combined  # noqa: B018 - reads the header, which raises where it is none
    except _ERRORS as error:
        raise refused("it is no signed token") from error
    return parsed


def _fits(key: Document, key_id: str, algorithm: str) -> bool:
    """Tell whether a key may have signed: by its id, its use and its kind."""
    kind = "EC" if algorithm.startswith("ES") else "RSA"
    is_for_signing = text(key, "use") in ("", "sig") and text(key, "alg") in ("", algorithm)
    return text(key, "kty") == kind and is_for_signing and key_id in ("", text(key, "kid"))


def _is_signed(signed: JWS, key: Document) -> bool:
    try:
        if text(key, "kty") == "EC":
            point = JWKEC.fields_from_json({part: key[part] for part in EC_PARTS})
            return signed.signature.verify(signed.payload, key=point)
        public = JWKRSA.fields_from_json({part: key[part] for part in RSA_PARTS})
        return public.key.key_size >= LEAST_RSA_BITS and signed.signature.verify(signed.payload, key=public)
    except _ERRORS:
        return False
