"""Revocation of certificates at a CA (RFC 8555 §7.6)."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from josepy.json_util import encode_b64jose

from certwright.adapters.acme_document import malformed
from certwright.adapters.acme_network import AcmeNetwork
from certwright.adapters.acme_session import AcmeSession
from certwright.adapters.acme_signer import certificate_signer
from certwright.domain.errors import CaRefusal, InvalidRequest
from certwright.domain.revocation import Reason

ALREADY_REVOKED = "alreadyRevoked"


def revoke(session: AcmeSession, chain: bytes, reason: Reason) -> None:
    """Revoke the first certificate of a chain in the name of the session's account; again is fine."""
    with_key = not session.account_url
    url = session.network.directory.revoke_cert
    if not url:
        raise malformed("offers no revocation", session.network.directory_url)
    payload = {"certificate": encode_b64jose(_leaf(chain).public_bytes(Encoding.DER)), "reason": reason.code}
    try:
        if with_key:
            session.post_with_key(url, payload)
        else:
            session.post(url, payload)
    except CaRefusal as refusal:
        if refusal.type != ALREADY_REVOKED:
            raise


def revoke_by_key(network: AcmeNetwork, private_key: bytes, chain: bytes, reason: Reason) -> None:
    """Revoke a certificate in the name of its own key; `InvalidRequest` where the key is another's."""
    signer = certificate_signer(private_key)
    if load_pem_private_key(private_key, password=None).public_key() != _leaf(chain).public_key():
        raise InvalidRequest("The private key is not the certificate's.", field="private_key", code="key-mismatch")
    revoke(AcmeSession(network, signer), chain, reason)


def _leaf(chain: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(chain)
    except ValueError as error:
        raise InvalidRequest("The certificate is not PEM.", field="certificate", code="certificate") from error
