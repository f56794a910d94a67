"""The parts of a bundle: private key first, then the chain, its own certificate before the others."""

import re
import ssl
from dataclasses import dataclass
from pathlib import Path

from certwright_cli.errors import NotUnderstood

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n[A-Za-z0-9+/=\r\n]+-----END \1-----\r?\n?")


@dataclass(frozen=True, slots=True)
class Parts:
    """What servers want in files; `key` is empty where it never left its owner (a certificate by CSR)."""

    bundle: bytes
    key: bytes
    certificate: bytes
    chain: bytes

    @property
    def fullchain(self) -> bytes:
        """The certificate and those that lead to the root."""
        return self.certificate + self.chain


def split(pem: bytes) -> Parts:
    """Split a bundle; raises `NotUnderstood` for anything that is not one key at most, and certificates after it."""
    blocks = [(found[1], found[0]) for found in _BLOCK.finditer(pem)]
    keys = [text for label, text in blocks if label.endswith(b"PRIVATE KEY")]
    certificates = [text for label, text in blocks if label == b"CERTIFICATE"]
    is_whole = b"".join(text for _, text in blocks).split() == pem.split()
    if not is_whole or not certificates or [*keys[:1], *certificates] != [text for _, text in blocks]:
        raise NotUnderstood("What the server sent as a bundle is none; the files in place are as they were. Try again.")
    return Parts(pem, b"".join(keys), certificates[0], b"".join(certificates[1:]))


def check_pair(certificate: Path, key: Path) -> None:
    """Check that a certificate and a key in files belong together, as a server will; raises `NotUnderstood`."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        raise NotUnderstood(
            f"The key that came does not fit its certificate ({error.reason}); the files in place are as they were."
        ) from error
