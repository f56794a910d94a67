"""The kinds of private keys a certificate may have: those that public CAs take."""

from collections.abc import Mapping

KEY_TYPES = ("ec-p256", "ec-p384", "rsa-2048", "rsa-3072", "rsa-4096")

_SHORT: Mapping[str, str] = {
    "ec256": "ec-p256",
    "ec384": "ec-p384",
    "rsa2048": "rsa-2048",
    "rsa3072": "rsa-3072",
    "rsa4096": "rsa-4096",
}
"""Short names that are taken too; stored certificates may have them."""


def find_key_type(text: str) -> str | None:
    """Find a key type by its name or its short name; None for what is none of ours."""
    name = _SHORT.get(text, text)
    return name if name in KEY_TYPES else None
