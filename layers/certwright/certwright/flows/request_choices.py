"""What a request chooses beside its names: the key or a CSR, the profile, the chain."""

from dataclasses import dataclass

from certwright.domain.ca import CaEntry
from certwright.domain.errors import CaRefusal, InvalidRequest, Unavailable
from certwright.domain.identifier import NameRules, Names, is_wildcard, parse_names, read_address
from certwright.domain.key_types import KEY_TYPES, find_key_type
from certwright.flows.world import Desk

LONGEST_CSR = 16_384
LONGEST_CHAIN_NAME = 64
"""The longest common name (RFC 5280, appendix A.1)."""


@dataclass(frozen=True, slots=True)
class KeyWish:
    """Which key to certify: a new one of a type at each renewal, the same one again, or that of a PEM CSR."""

    type: str = ""
    is_reused: bool = False
    csr: str = ""


NEW_KEY = KeyWish()


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """A `KeyWish` that can be met; with a CSR (in DER) `public_key` is the digest of its key."""

    type: str
    is_reused: bool = False
    csr: bytes = b""
    public_key: str = ""


def choose_key(desk: Desk, wish: KeyWish, names: Names) -> KeyChoice:
    """Check what was wished of the key; raises `InvalidRequest`, also for a CSR of other names than the request's."""
    if wish.csr:
        return _choose_csr(desk, wish, names)
    kind = find_key_type(wish.type or KEY_TYPES[0])
    if kind is None:
        raise InvalidRequest(f"Choose a key type of {', '.join(KEY_TYPES)}.", field="key_type", code="key-type")
    return KeyChoice(kind, wish.is_reused)


def _choose_csr(desk: Desk, wish: KeyWish, names: Names) -> KeyChoice:
    if wish.type or wish.is_reused:
        raise InvalidRequest(
            "A CSR brings its own key: leave out “key_type” and “reuse_key”.", field="csr", code="csr-and-key"
        )
    if len(wish.csr) > LONGEST_CSR:
        raise InvalidRequest(f"The CSR is longer than {LONGEST_CSR} characters.", field="csr", code="csr")
    request = desk.signing_requests.read(wish.csr)
    if set(request.names) != set(names.kept):
        raise InvalidRequest(
            f"The CSR is for {', '.join(request.names)}, and the request for {', '.join(names.kept)}: both must be the "
            "same, without names that a wildcard covers.",
            field="csr",
            code="csr-names",
        )
    if desk.registry.compromised_keys.is_noted(request.public_key):
        raise InvalidRequest(
            "The key of this CSR was reported as compromised: make a new key, and a CSR with it.",
            field="csr",
            code="csr-key-compromised",
        )
    return KeyChoice(request.key_type, csr=request.der, public_key=request.public_key)


def choose_names(desk: Desk, ca: CaEntry, raw: tuple[str, ...], profile: str) -> Names:
    """Check the names by the CA's rules for a profile; raises `InvalidRequest`."""
    rules: NameRules = ca.rules_for(profile)
    by_profile = ca.address_profiles
    found = next(((at, text) for at, text in enumerate(raw) if read_address(text)), None)
    if found and by_profile and not rules.takes_addresses:
        raise InvalidRequest(
            f"“{found[1]}” is an IP address, which this CA takes only under the profile {' or '.join(by_profile)}.",
            field=f"names[{found[0]}]",
            code="address-needs-profile",
        )
    names = parse_names(raw, rules, desk.suffixes.registrable, desk.suffixes.is_listed)
    if any(map(is_wildcard, names.kept)) and any(map(read_address, names.kept)):
        raise InvalidRequest(
            "Ask for IP addresses and wildcards in certificates of their own: wildcards are never proven by HTTP-01, "
            "addresses by nothing else.",
            field="names",
            code="address-with-wildcard",
        )
    return names


def check_profile(desk: Desk, ca: CaEntry, profile: str) -> None:
    """See that the CA offers a profile; a CA that does not answer now will say so itself when the order is placed."""
    if not profile:
        return
    try:
        offered = desk.directories.describe(ca.directory).profiles
    except (CaRefusal, Unavailable):
        return
    if profile in offered:
        return
    remedy = f"choose one of {', '.join(offered)}, or leave it out" if offered else "it has none: leave it out"
    raise InvalidRequest(
        f"The CA offers no profile “{profile}”: {remedy}.", field="profile", code="profile-not-offered"
    )
