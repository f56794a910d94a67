"""Private keys, CSRs and certificates, with the `cryptography` library."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from certwright.domain.errors import InvalidRequest
from certwright.domain.identifier import read_address
from certwright.domain.key_types import find_key_type
from certwright.ports import Leaf

type _PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_GENERATORS: Mapping[str, Callable[[], _PrivateKey]] = {
    "ec-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ec-p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-3072": lambda: rsa.generate_private_key(65537, 3072),
    "rsa-4096": lambda: rsa.generate_private_key(65537, 4096),
}


class PemKeys:
    """Fills in `ports.Keys`."""

    def generate(self, key_type: str) -> bytes:
        """Make a private key; `InvalidRequest` for a type that is none of ours."""
        generator = _GENERATORS.get(find_key_type(key_type) or "")
        if generator is None:
            raise InvalidRequest(f"The key type must be one of {', '.join(_GENERATORS)}.", field="key_type")
        return generator().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def build_csr(self, private_key: bytes, names: Sequence[str]) -> bytes:
        """Build a CSR; the SAN is critical because the subject is empty (RFC 5280 §4.2.1.6)."""
        if not names:
            raise InvalidRequest("A CSR needs at least one name.", field="names")
        key = _load(private_key)
        sans = x509.SubjectAlternativeName([_general_name(name) for name in names])
        builder = x509.CertificateSigningRequestBuilder(x509.Name([])).add_extension(sans, critical=True)
        digest = (
            hashes.SHA384() if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size == 384 else hashes.SHA256()
        )
        return builder.sign(key, digest).public_bytes(Encoding.DER)

    def public_key(self, private_key: bytes) -> str:
        """Digest the public half: SHA-256 of the SubjectPublicKeyInfo, in hex."""
        return digest(_load(private_key).public_key())

    def read_leaf(self, chain: bytes) -> Leaf:
        """Read the first certificate; `InvalidRequest` when there is none, or no SAN."""
        try:
            certificates = x509.load_pem_x509_certificates(chain)
            certificate = certificates[0]
            sans = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except ValueError as error:
            raise InvalidRequest("The chain does not begin with a PEM certificate.", field="chain") from error
        except x509.ExtensionNotFound as error:
            raise InvalidRequest("The certificate names nothing: it has no SAN.", field="chain") from error
        return Leaf(
            names=names_of(sans),
            not_before=_milliseconds(certificate.not_valid_before_utc),
            not_after=_milliseconds(certificate.not_valid_after_utc),
            serial=f"{certificate.serial_number:x}",
            issuer=certificate.issuer.rfc4514_string(),
            public_key=digest(certificate.public_key()),
            ari_id=_ari_id(certificate),
            root=_common_name(certificates[-1].issuer),
        )


def names_of(sans: x509.SubjectAlternativeName) -> tuple[str, ...]:
    """List the DNS names and the IP addresses of a SAN, sorted."""
    addresses = (str(address) for address in sans.get_values_for_type(x509.IPAddress))
    return tuple(sorted((*sans.get_values_for_type(x509.DNSName), *addresses)))


def digest(public_key: PublicKeyTypes) -> str:
    """Digest a public key: SHA-256 of the SubjectPublicKeyInfo, in hex."""
    return sha256(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _general_name(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(name)) if read_address(name) else x509.DNSName(name)


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _load(private_key: bytes) -> _PrivateKey:
    try:
        key = load_pem_private_key(private_key, password=None)
    except (ValueError, TypeError) as error:
        raise InvalidRequest("The private key is not PEM (PKCS #8), or is encrypted.", field="private_key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise InvalidRequest("The private key must be EC or RSA: CAs accept no other.", field="private_key")
    return key


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def _ari_id(certificate: x509.Certificate) -> str:
    """Name a certificate for the CA, or nothing where it has no key identifier of its issuer (RFC 9773 §4.1)."""
    try:
        authority = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        return ""
    if authority.key_identifier is None:
        return ""
    serial = certificate.serial_number
    # DER integers are signed: a leading zero byte stands where the top bit is set.
    serial_bytes = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    return f"{_base64url(authority.key_identifier)}.{_base64url(serial_bytes)}"


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
