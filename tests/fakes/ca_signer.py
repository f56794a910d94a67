"""The signing half of the CA in memory."""

from datetime import UTC, datetime, timedelta
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
_END = datetime(2100, 1, 1, tzinfo=UTC)


class Signer:
    """A root of its own that signs what it is asked to."""

    def __init__(self, name: str = "Certwright test root") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._root = (
            x509.CertificateBuilder(self._name, self._name, self._key.public_key(), x509.random_serial_number())
            .not_valid_before(_BEGIN)
            .not_valid_after(_END)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def root(self) -> bytes:
        """The root in PEM."""
        return self._root.public_bytes(Encoding.PEM)

    def names(self, csr: bytes) -> set[str]:
        """Read the names a CSR in DER asks for."""
        request = x509.load_der_x509_csr(csr)
        sans = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return {str(item.value) for item in sans}

    @staticmethod
    def serial(chain: bytes) -> str:
        """Read the serial of a leaf, in hex."""
        return f"{x509.load_pem_x509_certificate(chain).serial_number:x}"

    @staticmethod
    def is_pair(private_key: bytes, chain: bytes) -> bool:
        """Tell whether a key is a leaf's."""
        key = load_pem_private_key(private_key, password=None)
        return key.public_key() == x509.load_pem_x509_certificate(chain).public_key()

    def cross_sign(self, chain: bytes, other: "Signer") -> bytes:
        """Give a chain of this root's another end: this root's key, certified by the other."""
        leaf = x509.load_pem_x509_certificate(chain)
        crossed = (
            x509.CertificateBuilder(other._name, self._name, self._key.public_key(), x509.random_serial_number())
            .not_valid_before(_BEGIN)
            .not_valid_after(_END)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(other._key, hashes.SHA256())
        )
        return leaf.public_bytes(Encoding.PEM) + crossed.public_bytes(Encoding.PEM)

    def sign(self, csr: bytes, now: int, lifetime: int) -> bytes:
        """Sign a CSR in DER for `lifetime` ms from `now` (epoch ms, less an hour); the chain as PEM, leaf first."""
        request = x509.load_der_x509_csr(csr)
        begin = datetime.fromtimestamp(now // 1000, UTC) - timedelta(hours=1)
        issuer_key = cast(CertificateIssuerPublicKeyTypes, self._key.public_key())
        leaf = (
            x509.CertificateBuilder(self._name, x509.Name([]), request.public_key(), x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(milliseconds=lifetime))
            .add_extension(request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value, critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return leaf.public_bytes(Encoding.PEM) + self.root
