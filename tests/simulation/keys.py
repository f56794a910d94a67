"""Keys and certificates without cryptography, so that a run costs little and replays: texts that name each other."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import count

from certwright.domain.bundle import chain_of, private_key_of
from certwright.domain.errors import InvalidRequest
from certwright.ports import Leaf

_KEY, _CSR, _LEAF = "KEY", "CSR", "-----BEGIN CERTIFICATE-----"


class PlainKeys:
    """A `Keys`; everything is text, and key and chain can be joined and told apart again."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def generate(self, key_type: str) -> bytes:
        return f"{_KEY} {key_type}-{next(self._numbers)}\n".encode()

    def build_csr(self, private_key: bytes, names: Sequence[str]) -> bytes:
        return f"{_CSR} {self.public_key(private_key)} {','.join(names)}\n".encode()

    def public_key(self, private_key: bytes) -> str:
        word, _, name = private_key.decode().partition(" ")
        if word != _KEY:
            raise InvalidRequest("This is no private key.", field="private_key")
        return sha256(name.strip().encode()).hexdigest()

    def read_leaf(self, chain: bytes) -> Leaf:
        head, _, body = chain.decode().partition("\n")
        if head != _LEAF:
            raise InvalidRequest("This is no certificate.", field="chain")
        serial, public_key, not_before, not_after, names = body.strip().split(" ")
        return Leaf(
            names=tuple(names.split(",")),
            not_before=int(not_before),
            not_after=int(not_after),
            serial=serial,
            issuer="simulated",
            public_key=public_key,
            ari_id=f"ari.{serial}",
        )


def read_csr(csr: bytes) -> tuple[str, tuple[str, ...]]:
    """Read the digest of the public key and the names that a CSR holds."""
    _, public_key, names = csr.decode().split()
    return public_key, tuple(names.split(","))


def sign(serial: int, csr: bytes, not_before: int, not_after: int) -> bytes:
    """Make the chain for a CSR."""
    public_key, names = read_csr(csr)
    return f"{_LEAF}\n{serial} {public_key} {not_before} {not_after} {','.join(sorted(names))}\n".encode()


def split_bundle(bundle: bytes) -> tuple[bytes, bytes]:
    """Split a bundle into private key and chain."""
    return private_key_of(bundle), chain_of(bundle)
