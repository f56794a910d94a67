"""The CAs that are known by name, and what differs between them."""

from dataclasses import dataclass
from hashlib import sha256

from certwright.domain.identifier import NameRules


@dataclass(frozen=True, slots=True)
class CaEntry:
    """A CA: `account` names our account there, in the registry and in every certificate."""

    account: str
    directory: str
    rules: NameRules


_PUBLIC = NameRules(is_public_suffix_required=True)

KNOWN_CAS = {
    "letsencrypt": CaEntry("letsencrypt", "https://acme-v02.api.letsencrypt.org/directory", _PUBLIC),
    "letsencrypt-staging": CaEntry(
        "letsencrypt-staging", "https://acme-staging-v02.api.letsencrypt.org/directory", _PUBLIC
    ),
}


def find_ca(name_or_url: str) -> CaEntry:
    """Find a CA by its name, or describe the one at a directory URL.

    A directory given by URL may serve names under no public suffix. Its account is named after the URL, so that
    changing the URL never sends one CA's account to another.
    """
    known = KNOWN_CAS.get(name_or_url)
    if known:
        return known
    suffix = sha256(name_or_url.encode()).hexdigest()[:8]
    return CaEntry(f"custom-{suffix}", name_or_url, NameRules(is_public_suffix_required=False))
