"""The CAs whose limits are known, and what an operator sets instead."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from certwright.domain.ca import KNOWN_CAS, find_ca
from certwright.domain.limits import LETS_ENCRYPT, LETS_ENCRYPT_STAGING, Limits, parse_limits


@dataclass(frozen=True, slots=True)
class LimitedCa:
    """A CA and its limits: `id` stands in keys, `title` in sentences."""

    id: str
    title: str
    limits: Limits


_KNOWN = {
    "letsencrypt": LimitedCa("letsencrypt", "Let's Encrypt", LETS_ENCRYPT),
    "letsencrypt-staging": LimitedCa("letsencrypt-staging", "Let's Encrypt's staging", LETS_ENCRYPT_STAGING),
}
_BY_DIRECTORY = {KNOWN_CAS[name].directory: known for name, known in _KNOWN.items()}


def limited_ca(directory: str, own_limits: str = "") -> LimitedCa:
    """Find the limits of the CA at a directory URL: none where it is not known, but for those set by `own_limits`.

    Raises `InvalidRequest` where these can't be read.
    """
    found = _BY_DIRECTORY.get(directory)
    if found is None:
        found = LimitedCa(find_ca(directory).account, urlsplit(directory).hostname or directory, Limits())
    return LimitedCa(found.id, found.title, parse_limits(own_limits, found.limits))
