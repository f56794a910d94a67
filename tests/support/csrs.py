"""CSRs as users make them, with tools of their own."""

from base64 import encodebytes
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


def build_csr(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, names: Sequence[x509.GeneralName], common_name: str = ""
) -> str:
    """Build a PEM CSR; without names it has no SAN."""
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    builder = x509.CertificateSigningRequestBuilder(x509.Name(attributes))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def pem(der: bytes) -> str:
    """Write a CSR in PEM."""
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{encodebytes(der).decode()}-----END CERTIFICATE REQUEST-----\n"
