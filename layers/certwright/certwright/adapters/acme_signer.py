"""Keys that sign requests to a CA: an account's, or a certificate's own (RFC 8555 §6.2, RFC 7518 §3.1)."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from josepy.jwa import ES256, ES384, RS256, JWASignature
from josepy.jwk import JWK, JWKEC, JWKRSA

from certwright.domain.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and the algorithm it signs by."""

    key: JWK
    algorithm: JWASignature


def account_signer(pem: bytes) -> Signer:
    """Load an account key, which is on P-256; `InvalidRequest` for any other."""
    key = _load(pem, "account_key", "The account key")
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidRequest("The account key must be on P-256; make a new one.", field="account_key")
    return Signer(JWKEC(key=key), ES256)


def certificate_signer(pem: bytes) -> Signer:
    """Load the key of a certificate; `InvalidRequest` for one that no certificate has."""
    key = _load(pem, "private_key", "The private key")
    if isinstance(key, rsa.RSAPrivateKey):
        return Signer(JWKRSA(key=key), RS256)
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1):
        return Signer(JWKEC(key=key), ES256 if isinstance(key.curve, ec.SECP256R1) else ES384)
    raise InvalidRequest("The private key must be RSA, or on P-256 or P-384.", field="private_key")


def _load(pem: bytes, field: str, what: str) -> object:
    try:
        return load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise InvalidRequest(f"{what} is not a PEM private key.", field=field) from error
