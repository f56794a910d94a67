"""Encryption that hides nothing, but minds its purpose."""

from hashlib import sha256

from certwright.domain.errors import CertwrightError


class FakeCipher:
    """A `Cipher`."""

    def encrypt(self, plaintext: bytes, purpose: str) -> bytes:
        return sha256(purpose.encode()).digest() + plaintext[::-1]

    def decrypt(self, ciphertext: bytes, purpose: str) -> bytes:
        if ciphertext[:32] != sha256(purpose.encode()).digest():
            raise CertwrightError("This was not encrypted here for this purpose.", code="not-decryptable")
        return ciphertext[32:][::-1]
