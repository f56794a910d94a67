"""The CAs that are known by name, and what differs between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from certwright.domain.identifier import NameRules


@dataclass(frozen=True, slots=True)
class CaEntry:
    """A CA: `account` names our account there, in the registry and in every certificate.

    `profile_rules` are the rules of profiles whose rules are not the CA's own. `staging` names the CA's own one for
    trying things out, if it is known. `is_self_signed`: the test CA that is built in, which wants nothing proven.
    """

    account: str
    directory: str
    rules: NameRules
    profile_rules: Mapping[str, NameRules] = field(default_factory=dict)
    staging: str = ""
    is_self_signed: bool = False

    @property
    def is_untrusted(self) -> bool:
        """Tell whether it is known that nobody trusts what the CA issues."""
        return bool(self.staging) and KNOWN_CAS[self.staging].directory == self.directory

    def rules_for(self, profile: str) -> NameRules:
        """Find what the CA accepts under a profile."""
        return self.profile_rules.get(profile, self.rules)

    @property
    def address_profiles(self) -> tuple[str, ...]:
        """The profiles under which the CA takes IP addresses, but not without one of them."""
        return tuple(name for name, rules in self.profile_rules.items() if rules.takes_addresses)


@dataclass(frozen=True, slots=True)
class CaOffer:
    """What a CA says about itself in its directory (RFC 8555 §7.1.1)."""

    profiles: tuple[str, ...] = ()
    terms_of_service: str = ""
    caa_identities: tuple[str, ...] = ()
    is_external_account_required: bool = False
    has_renewal_information: bool = False


SELF_SIGNED = "self-signed"
"""The name and the directory of the test CA that is built in."""

_PUBLIC = NameRules(is_public_suffix_required=True)
_LETS_ENCRYPT_PROFILES = {
    "tlsserver": replace(_PUBLIC, max_names=25),
    "shortlived": replace(_PUBLIC, max_names=25, takes_addresses=True),
}

KNOWN_CAS = {
    entry.account: entry
    for entry in (
        CaEntry(
            "letsencrypt",
            "https://acme-v02.api.letsencrypt.org/directory",
            _PUBLIC,
            _LETS_ENCRYPT_PROFILES,
            staging="letsencrypt-staging",
        ),
        CaEntry(
            "letsencrypt-staging",
            "https://acme-staging-v02.api.letsencrypt.org/directory",
            _PUBLIC,
            _LETS_ENCRYPT_PROFILES,
            staging="letsencrypt-staging",
        ),
        CaEntry("zerossl", "https://acme.zerossl.com/v2/DV90", _PUBLIC),
        CaEntry("google", "https://dv.acme-v02.api.pki.goog/directory", _PUBLIC, staging="google-staging"),
        CaEntry("google-staging", "https://dv.acme-v02.test-api.pki.goog/directory", _PUBLIC, staging="google-staging"),
        CaEntry(
            SELF_SIGNED,
            SELF_SIGNED,
            NameRules(is_public_suffix_required=False, takes_addresses=True),
            staging=SELF_SIGNED,
            is_self_signed=True,
        ),
    )
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
    return CaEntry(f"custom-{suffix}", name_or_url, NameRules(is_public_suffix_required=False, takes_addresses=True))
