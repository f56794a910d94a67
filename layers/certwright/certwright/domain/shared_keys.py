"""Which versions, and which certificates, have the same key: what a compromise of one means for the others."""

from collections.abc import Iterable

from certwright.domain.certificate import Desired, Work
from certwright.domain.revocation import KeptVersion
from certwright.domain.shown import Summary, key_mark


def versions_of_key(desired: Desired, work: Work, version: int) -> tuple[int, ...]:
    """List the versions that have the key of one, that one first; all are stored and not expired.

    Of versions stored without their key, those of a certificate that uses its key again are taken to have it.
    """
    first = work.find_version(version)
    if first is None:
        return ()
    current = work.find_version(work.current.version) if work.current else None
    known = (*((current,) if current else ()), *work.earlier)
    others = (item.version for item in known if item.version != version and _is_same(desired, first, item))
    return (version, *others)


def _is_same(desired: Desired, one: KeptVersion, other: KeptVersion) -> bool:
    if one.public_key and other.public_key:
        return one.public_key == other.public_key
    return desired.reuses_key or bool(desired.csr_key)


def may_have_key(summaries: Iterable[Summary], public_key: str) -> tuple[str, ...]:
    """List the certificates that may have a key now: lists show the beginning of its digest only."""
    mark = key_mark(public_key)
    return tuple(shown.id for shown in summaries if mark and shown.key_mark == mark)


def has_key(desired: Desired, work: Work, public_key: str) -> bool:
    """Tell whether a certificate's current version, or its CSR, has a key."""
    current = work.current
    return public_key in (desired.csr_key, current.public_key if current else "") and bool(public_key)
