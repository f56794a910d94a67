"""Account keys: made here and stored encrypted, or made in KMS, which they never leave (port `ports.AccountKeys`).

What is stored of a key in KMS is `kms <key id> <public key, base64>`.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from josepy.jwa import ES256, JWASignature
from josepy.jwk import JWKEC

from certwright.adapters.acme_account import new_account_key
from certwright.adapters.acme_signer import Signer, account_signer
from certwright.adapters.aws import error_code, translating
from certwright.domain.ca_account import KeyKind
from certwright.domain.errors import CertwrightError

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

DEPLOYMENT_TAG, ACCOUNT_TAG = "certwright-deployment", "certwright-account"
DELETED_AFTER_DAYS = 30
"""The longest that KMS waits: until then an operator can take it back."""
LONGEST_MESSAGE = 4096
"""What KMS hashes itself; of what is longer it takes the digest."""
COORDINATE_BYTES = 32

_IN_KMS = b"kms"
_GONE = frozenset({"KMSInvalidStateException", "NotFoundException", "DisabledException", "AccessDeniedException"})


class KeptAccountKeys:
    """Fills in `ports.AccountKeys`, and loads what signs; `deployment` is the tag by which roles may use a key."""

    def __init__(self, client: "KMSClient", deployment: str) -> None:
        self._client = client
        self._deployment = deployment

    def make(self, account: str, kind: KeyKind) -> bytes:
        """Make a key on P-256."""
        if kind is KeyKind.PLAIN:
            return new_account_key()
        with translating("kms"):
            key_id = self._client.create_key(**build_create_key(account, self._deployment))["KeyMetadata"]["KeyId"]
            public_key = self._client.get_public_key(KeyId=key_id)["PublicKey"]
        return b" ".join((_IN_KMS, key_id.encode(), b64encode(public_key)))

    def discard(self, key: bytes) -> None:
        """Schedule the deletion of a key in KMS; one that waits for it already, or is gone, is left as it is."""
        if not is_in_kms(key):
            return
        try:
            with translating("kms"):
                self._client.schedule_key_deletion(KeyId=_key_id(key), PendingWindowInDays=DELETED_AFTER_DAYS)
        except ClientError as error:
            if error_code(error) not in ("KMSInvalidStateException", "NotFoundException"):
                raise

    def signer(self, key: bytes) -> Signer:
        """Load what signs as the key."""
        if not is_in_kms(key):
            return account_signer(key)
        public = load_der_public_key(b64decode(key.split(b" ")[2]))
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise CertwrightError("The account's key in KMS is not on P-256: replace it.", code="account-key-gone")
        return Signer(JWKEC(key=public), KmsEs256(self._client, _key_id(key)))


class KmsEs256(JWASignature):
    """ES256 by a key that never leaves KMS (RFC 7518 §3.4)."""

    kty = JWKEC

    def __init__(self, client: "KMSClient", key_id: str) -> None:
        super().__init__(ES256.name)
        self._client = client
        self._key_id = key_id

    def sign(self, key: Any, msg: bytes) -> bytes:  # noqa: ARG002 - the key is in KMS
        """Have KMS sign; what it answers in DER becomes the two numbers themselves, 32 bytes each."""
        with _telling_what_is_gone(self._key_id), translating("kms"):
            signature = self._client.sign(**build_sign(self._key_id, msg))["Signature"]
        return b"".join(number.to_bytes(COORDINATE_BYTES) for number in decode_dss_signature(signature))

    def verify(self, key: Any, msg: bytes, sig: bytes) -> bool:
        """Verify without KMS."""
        return ES256.verify(key, msg, sig)


def is_in_kms(key: bytes) -> bool:
    """Tell whether what is stored of a key only names it."""
    return key.startswith(_IN_KMS + b" ")


def build_create_key(account: str, deployment: str) -> dict[str, Any]:
    """Build the request for a new key."""
    tags = {DEPLOYMENT_TAG: deployment, ACCOUNT_TAG: account}
    return {
        "KeySpec": "ECC_NIST_P256",
        "KeyUsage": "SIGN_VERIFY",
        "Description": f"Certwright's key of the CA account {account}",
        "Tags": [{"TagKey": name, "TagValue": value} for name, value in tags.items()],
    }


def build_sign(key_id: str, message: bytes) -> dict[str, Any]:
    """Build the request for a signature."""
    is_short = len(message) <= LONGEST_MESSAGE
    return {
        "KeyId": key_id,
        "Message": message if is_short else sha256(message).digest(),
        "MessageType": "RAW" if is_short else "DIGEST",
        "SigningAlgorithm": "ECDSA_SHA_256",
    }


def _key_id(key: bytes) -> str:
    return key.split(b" ")[1].decode()


@contextmanager
def _telling_what_is_gone(key_id: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error_code(error) not in _GONE:
            raise
        raise CertwrightError(
            f"KMS does not sign with the key {key_id} ({error_code(error)}): enable it, or cancel its deletion.",
            code="account-key-gone",
        ) from error
