"""Owners: which names they may ask for, and the zones and delegations that prove it."""

from dataclasses import dataclass

from certwright.domain.errors import InvalidRequest
from certwright.domain.identifier import identifier, is_wildcard, parse_name, read_address
from certwright.domain.problem import Problem

DEFAULT_OWNER = "own_default"
"""The owner that deployment makes."""

DEFAULT_OWNER_PATTERNS = ("**", "*.**")
_STARS = ("*", "**")


@dataclass(frozen=True, slots=True)
class Owner:
    """A team or tenant; `token` is what `_certwright.<name> TXT` must hold to prove an HTTP-01 name."""

    id: str
    name: str
    patterns: tuple[str, ...]
    token: str
    created_at: int
    is_active: bool = True
    current_zone: str = ""


@dataclass(frozen=True, slots=True)
class Zone:
    """A delegated zone of an owner; a retiring one is served but its records are no longer shown.

    `used_at` is about when a fresh walk last ended in it (to the day), 0 for never; `unused_looks` counts the looks at
    the zone since. What the last look, at `looked_at`, found wrong is `problem`; something has been since
    `trouble_since`, 0 for nothing.
    """

    id: str
    owner: str
    origin: str
    name_server: str
    created_at: int
    is_retiring: bool = False
    is_shared: bool = False
    used_at: int = 0
    unused_looks: int = 0
    looked_at: int = 0
    trouble_since: int = 0
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Delegation:
    """The stable target of one owner's domain: `<uuid>.<zone>` for every zone of the owner.

    `certificates` are the ids of those that need it. Once deleted (`deleted_at`) it stays as a tombstone, so that its
    UUID is never another's. The last look, at `looked_at`, found `target`, the name with this UUID that the domain
    leads to, empty for none, and `problem`; `seen_at` is when a look last found one. 0 is never.
    """

    owner: str
    domain: str
    uuid: str
    created_at: int = 0
    deleted_at: int = 0
    looked_at: int = 0
    seen_at: int = 0
    target: str = ""
    problem: Problem | None = None
    certificates: tuple[str, ...] = ()

    @property
    def validation_name(self) -> str:
        """The validation domain name (RFC 8555 §8.4)."""
        return f"_acme-challenge.{self.domain}"

    def fulldomain(self, origin: str) -> str:
        """The CNAME's target in one zone."""
        return f"{self.uuid}.{origin}"


def may_ask(owner: Owner, name: str) -> bool:
    """Tell whether one of the owner's patterns grants a name; without a pattern nothing is granted."""
    return any(_matches(pattern, name) for pattern in owner.patterns)


def may_name(owner: Owner, name: str) -> bool:
    """Tell whether a plain name is the owner's to use: granted itself, or covered by a wildcard that is granted."""
    parent = name.partition(".")[2]
    return may_ask(owner, name) or (bool(parent) and may_ask(owner, f"*.{parent}"))


def is_granted_by_name(owner: Owner, name: str) -> bool:
    """Tell whether a pattern that says more than “everything” grants a name."""
    return any(_matches(pattern, name) for pattern in owner.patterns if pattern not in DEFAULT_OWNER_PATTERNS)


def parse_pattern(text: str, field: str) -> str:
    """Check a pattern: labels, `*` for one label, `**` for one or more at the left; a leading `*.` grants wildcards.

    `**.example.com` grants every name below example.com, `*.example.com` the wildcard itself, `*.**` all wildcards. An
    IP address grants itself.
    Raises `InvalidRequest`.
    """
    pattern = text.strip().lower().removesuffix(".")
    labels = identifier(pattern).split(".")
    if "**" in labels[1:]:
        raise InvalidRequest(f"In “{text}” the ** must be the leftmost label.", field=field, code="pattern")
    if labels == ["**"]:
        return pattern
    if address := read_address(pattern):
        return address
    if all(label in _STARS for label in labels):
        raise InvalidRequest(f"“{text}” grants too much: name a domain, or use **.", field=field, code="pattern")
    parse_name(".".join("any" if label in _STARS else label for label in labels), field)
    return pattern


def _matches(pattern: str, name: str) -> bool:
    if is_wildcard(pattern) != is_wildcard(name):
        return False
    if read_address(name):
        return pattern in ("**", name)
    wanted, labels = identifier(pattern).split("."), identifier(name).split(".")
    if wanted[0] == "**":
        wanted = wanted[1:]
        if len(labels) <= len(wanted):
            return False
        labels = labels[len(labels) - len(wanted) :]
    return len(wanted) == len(labels) and all(want in ("*", label) for want, label in zip(wanted, labels, strict=True))


@dataclass(frozen=True, slots=True)
class Token:
    """An API token as it is kept: only the SHA-256 of its secret, in hex; 0 in `expires_at` means never."""

    id: str
    owner: str
    role: str
    secret_sha256: str
    created_at: int
    expires_at: int = 0
    label: str = ""
