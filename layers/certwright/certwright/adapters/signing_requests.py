"""CSRs that users made with keys of their own, read with the `cryptography` library."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certwright.adapters.keys import PemKeys, digest, names_of
from certwright.domain.errors import InvalidRequest
from certwright.domain.key_types import KEY_TYPES
from certwright.ports import SigningRequest


class PemSigningRequests:
    """Fills in `ports.SigningRequests`."""

    def read(self, text: str) -> SigningRequest:
        """Read a CSR; its names are as they stand in it, in lower case."""
        try:
            csr = x509.load_pem_x509_csr(text.encode())
            is_signed, key = csr.is_signature_valid, csr.public_key()
            names = _names(csr)
        except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
            raise _bad("It is no PEM certificate request, which begins with BEGIN CERTIFICATE REQUEST.") from error
        if not is_signed:
            raise _bad("Its signature is not that of its key: make it anew.")
        return SigningRequest(csr.public_bytes(Encoding.DER), names, digest(key), _key_type(key))

    def key_of_certificate(self, text: str) -> str:
        """Read the first certificate of a chain."""
        return PemKeys().read_leaf(text.encode()).public_key


def _names(csr: x509.CertificateSigningRequest) -> tuple[str, ...]:
    """List the names; a common name that is not among them is refused by CAs, so by us."""
    try:
        sans = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound as error:
        raise _bad("It has no subject alternative names: name every host in that extension.") from error
    names = tuple(name.lower() for name in names_of(sans))
    if len(names) != len(list(sans)):
        raise _bad("Its subject alternative names may only be DNS names and IP addresses.")
    common = [str(item.value).lower() for item in csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if any(name not in names for name in common):
        raise _bad("Its common name must be among its subject alternative names, or be left out.")
    return names


def _key_type(key: CertificatePublicKeyTypes) -> str:
    kind = f"rsa-{key.key_size}" if isinstance(key, rsa.RSAPublicKey) else ""
    if isinstance(key, ec.EllipticCurvePublicKey):
        kind = {"secp256r1": "ec-p256", "secp384r1": "ec-p384"}.get(key.curve.name, "")
    if kind not in KEY_TYPES:
        raise _bad(f"CAs do not take its key: make one of {', '.join(KEY_TYPES)}.")
    return kind


def _bad(sentence: str) -> InvalidRequest:
    return InvalidRequest(f"The CSR can't be used. {sentence}", field="csr", code="csr")
