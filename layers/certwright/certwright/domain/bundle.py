"""A bundle: the private key, where it is ours, and the chain after it, as PEM."""

_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


def private_key_of(bundle: bytes) -> bytes:
    """Take the private key out of a bundle, empty where it holds none."""
    return bundle.partition(_CERTIFICATE)[0]


def chain_of(bundle: bytes) -> bytes:
    """Take the chain out of a bundle."""
    return bundle.removeprefix(private_key_of(bundle))
