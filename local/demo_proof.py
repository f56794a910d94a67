"""What the demo checks of a downloaded certificate, with nothing of the system's own code; and the CA's test hook."""

import json
import ssl
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store

from local.demo_user import DemoError


@dataclass(frozen=True, slots=True)
class Proven:
    """A bundle that was found right."""

    leaf: x509.Certificate
    public_key: bytes

    @property
    def serial(self) -> str:
        """The serial number in hex."""
        return f"{self.leaf.serial_number:x}"


class CaManagement:
    """The test CA's management interface."""

    def __init__(self, url: str, tls_bundle: str) -> None:
        self._url = url
        self._context = ssl.create_default_context(cafile=tls_bundle)

    def fetch_root(self) -> x509.Certificate:
        """Fetch the root that the CA issues under."""
        return x509.load_pem_x509_certificate(self._send("/roots/0", None))

    def suggest_renewal_now(self, leaf: x509.Certificate) -> None:
        """Set the suggested window of a certificate into the past (RFC 9773 §4.2)."""
        now = datetime.now(UTC)
        start, end = (moment.isoformat() for moment in (now - timedelta(hours=2), now - timedelta(hours=1)))
        information = json.dumps({"suggestedWindow": {"start": start, "end": end}})
        pem = leaf.public_bytes(Encoding.PEM).decode()
        self._send("/set-renewal-info/", json.dumps({"Certificate": pem, "ARIResponse": information}).encode())

    def _send(self, path: str, data: bytes | None) -> bytes:
        with urllib.request.urlopen(self._url + path, data, timeout=10, context=self._context) as reply:
            content: bytes = reply.read()
            return content


def prove(bundle: bytes, root: x509.Certificate, names: set[str]) -> Proven:
    """Check the chain up to the root, the names, and that key and certificate match; raises `DemoError`."""
    leaf, *intermediates = x509.load_pem_x509_certificates(bundle)
    key = load_pem_private_key(bundle, password=None)
    public_key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != public_key:
        raise DemoError("the bundle's key is not its certificate's")
    found = set(
        leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    )
    if found != names:
        raise DemoError(f"the certificate is for {sorted(found)}, not for {sorted(names)}")
    host = min(names, key=len)
    verifier = PolicyBuilder().store(Store([root])).build_server_verifier(x509.DNSName(host))
    try:
        verifier.verify(leaf, intermediates)
    except x509.verification.VerificationError as error:
        raise DemoError(f"the chain does not lead to the CA's root: {error}") from error
    return Proven(leaf, public_key)
