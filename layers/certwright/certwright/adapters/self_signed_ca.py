"""A CA of the deployment's own that nobody trusts: it certifies whatever it is asked for, at once (port `ports.Cas`).

It keeps nothing: the account's key signs, so that one account is one root, and an order's URL says all of it.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certwright.adapters.keys import PemKeys, names_of
from certwright.domain.ca import SELF_SIGNED
from certwright.domain.errors import CaRefusal, InvalidRequest
from certwright.domain.order import Authorization, Order, Status
from certwright.domain.revocation import Reason
from certwright.ports import Clock, ExternalAccount, RenewalWindow

LIFETIME = timedelta(days=90)
BACKDATED = timedelta(hours=1)
ROOT_LIVES = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC))

ACCOUNT_URL = f"{SELF_SIGNED}:account"
_ORDER = f"{SELF_SIGNED}:order/"
_CERTIFICATE = f"{SELF_SIGNED}:certificate/"


class SelfSignedCas:
    """Fills in `ports.Cas`, for the one directory there is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def registration(self, directory: str, account_key: bytes) -> "SelfSignedRegistration":
        """Connect for registering, which changes nothing."""
        return SelfSignedRegistration(account_key)

    def account(self, directory: str, account_key: bytes, account_url: str) -> "SelfSignedCa":
        """Connect as the account whose key signs."""
        return SelfSignedCa(account_key, self._clock)

    def renewal_information(self, directory: str) -> "NoRenewalInformation":
        """Suggest nothing."""
        return NoRenewalInformation()

    def revoke_by_key(self, directory: str, private_key: bytes, chain: bytes, reason: Reason) -> None:
        """Do nothing: whoever does not trust a certificate need not be told."""


class NoRenewalInformation:
    """Fills in `ports.RenewalInformation`."""

    def fetch_window(self, ari_id: str) -> RenewalWindow | None:
        """Suggest nothing."""
        return None


class SelfSignedRegistration:
    """Fills in `ports.AccountRegistration`: every key is an account."""

    def __init__(self, account_key: bytes) -> None:
        self._key = account_key

    def register(self, contact: str, terms_agreed: bool, external: ExternalAccount | None = None) -> str:
        """Take any key."""
        return ACCOUNT_URL

    def find(self) -> str:
        """Know every key."""
        return ACCOUNT_URL

    def thumbprint(self) -> str:
        """Digest the key; nothing is proven by it."""
        return PemKeys().public_key(self._key)

    def change_contact(self, url: str, contact: str) -> None:
        """Write to nobody."""

    def change_key(self, url: str, new_key: bytes) -> None:
        """Take any key; there is another root from now on."""

    def deactivate(self, url: str) -> None:
        """Let it go."""


class SelfSignedCa:
    """Fills in `ports.Ca`: orders are ready at once, and nothing is asked in return."""

    def __init__(self, account_key: bytes, clock: Clock) -> None:
        self._key = account_key
        self._clock = clock

    def place_order(self, names: Sequence[str], profile: str, replaces: str) -> Order:
        """Name the order after what it is for."""
        return _ready(_ORDER + ",".join(sorted(names)))

    def fetch_order(self, url: str) -> Order:
        """Read what the URL says; finalizing it again is harmless."""
        return _ready(url)

    def finalize(self, order: Order, csr: bytes) -> Order:
        """Sign; `CaRefusal` for a CSR of other names."""
        request = x509.load_der_x509_csr(csr)
        sans = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if set(names_of(sans)) != set(order.names):
            raise CaRefusal("The CSR names other names than the order.", type="badCSR", status=400)
        chain = sign(request, self._key, datetime.fromtimestamp(self._clock.now() // 1000, UTC))
        url = _CERTIFICATE + b64encode(chain).decode()
        return Order(order.url, Status.VALID, order.names, order.finalize_url, (), certificate_url=url)

    def download(self, order: Order) -> bytes:
        """Unpack the chain."""
        return b64decode(order.certificate_url.removeprefix(_CERTIFICATE))

    def download_alternates(self, order: Order) -> tuple[bytes, ...]:
        """Have no others."""
        return ()

    def fetch_authorization(self, url: str) -> Authorization:
        """Refuse: no order has any."""
        raise CaRefusal("There is no such authorization.", type="malformed", status=404)

    def answer(self, challenge_url: str) -> None:
        """Refuse: no order has any."""
        raise CaRefusal("There is no such challenge.", type="malformed", status=404)

    def revoke(self, chain: bytes, reason: Reason) -> None:
        """Do nothing: whoever does not trust a certificate need not be told."""


def _ready(url: str) -> Order:
    names = tuple(url.removeprefix(_ORDER).split(","))
    return Order(url, Status.READY, names, url, ())


def sign(request: x509.CertificateSigningRequest, account_key: bytes, now: datetime) -> bytes:
    """Make the chain of a CSR: its certificate, then the root that the account's key makes."""
    key = load_pem_private_key(account_key, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise InvalidRequest("The account key must be on P-256; make a new one.", field="account_key")
    authority = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    sans = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(_name(key))
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now - BACKDATED + LIFETIME)
        .add_extension(sans, critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority), critical=False)
    )
    return b"".join(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM) for made in (leaf, _root(key)))


def _root(key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """Describe the root; it is the same each time, but for its signature."""
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(_name(key))
        .issuer_name(_name(key))
        .public_key(public)
        .serial_number(1)
        .not_valid_before(ROOT_LIVES[0])
        .not_valid_after(ROOT_LIVES[1])
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(key: ec.EllipticCurvePrivateKey) -> x509.Name:
    """Name the root after its key, so that two accounts are never taken for one another."""
    short = sha256(x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest).hexdigest()[:8]
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Certwright, for tests only"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"UNTRUSTED self-signed test CA {short}"),
        ]
    )
