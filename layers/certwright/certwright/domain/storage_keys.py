"""The names of all objects in the bucket, from one place.

pending/<certificate>/<attempt>/key.pem       the private key of an attempt, kept before its order is placed
versions/<certificate>/<attempt>/bundle.pem   key and chain of what an attempt got; never replaced
current/<certificate>/bundle.pem              key and chain that readers fetch; replaced under its ETag
current/<certificate>/chain.pem               the chain alone, for readers who may not have the key
"""

import re

from certwright.domain.errors import InvalidRequest

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

BUNDLE = "bundle.pem"
CHAIN = "chain.pem"


def pending_key(certificate_id: str, attempt: str) -> str:
    """Name the private key of an attempt; like all here, raises `InvalidRequest` for what can't be an id."""
    return f"pending/{_checked(certificate_id)}/{_checked(attempt)}/key.pem"


def version_bundle(certificate_id: str, attempt: str) -> str:
    """Name key and chain of one version."""
    return f"versions/{_checked(certificate_id)}/{_checked(attempt)}/{BUNDLE}"


def current_bundle(certificate_id: str) -> str:
    """Name key and chain of the current version."""
    return f"current/{_checked(certificate_id)}/{BUNDLE}"


def current_chain(certificate_id: str) -> str:
    """Name the chain of the current version."""
    return f"current/{_checked(certificate_id)}/{CHAIN}"


def prefixes(certificate_id: str) -> tuple[str, ...]:
    """Name what all objects of one certificate, and of no other, begin with."""
    checked = _checked(certificate_id)
    return tuple(f"{folder}/{checked}/" for folder in ("pending", "versions", "current"))


def _checked(part: str) -> str:
    if not _ID.fullmatch(part):
        raise InvalidRequest("An id is 1 to 64 letters, digits, “_” and “-”: use it as it was given.", field="id")
    return part
