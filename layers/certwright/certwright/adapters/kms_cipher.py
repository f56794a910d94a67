"""Encryption at rest with KMS; the purpose is the encryption context, which KMS logs and compares."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from certwright.adapters.aws import error_code, translating
from certwright.domain.errors import CertwrightError

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

_NOT_OURS = ("InvalidCiphertextException", "IncorrectKeyException")


class KmsCipher:
    """Fills in `ports.Cipher`."""

    def __init__(self, client: "KMSClient", key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def encrypt(self, plaintext: bytes, purpose: str) -> bytes:
        """Encrypt up to 4 KiB."""
        with translating("kms"):
            return self._client.encrypt(
                KeyId=self._key_id, Plaintext=plaintext, EncryptionContext=build_context(purpose)
            )["CiphertextBlob"]

    def decrypt(self, ciphertext: bytes, purpose: str) -> bytes:
        """Decrypt; `CertwrightError` with the code `not-decryptable` for another key, purpose or no ciphertext."""
        try:
            with translating("kms"):
                return self._client.decrypt(
                    KeyId=self._key_id, CiphertextBlob=ciphertext, EncryptionContext=build_context(purpose)
                )["Plaintext"]
        except ClientError as error:
            if error_code(error) not in _NOT_OURS:
                raise
            raise CertwrightError(
                f"What is stored was not encrypted with this deployment's key for “{purpose}”.", code="not-decryptable"
            ) from error


def build_context(purpose: str) -> dict[str, str]:
    """Build the encryption context."""
    return {"purpose": purpose}
