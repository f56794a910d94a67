"""Names as a CA will take them, and why it would not.

The rules are those of public CAs (CA/Browser Forum Baseline Requirements §7.1.2.7.12, RFC 5280 §4.2.1.6, RFC 1034 §3.5,
RFC 5890 §2.3.2.1), the same at every directory; only whether a public suffix is required belongs to the CA.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from certwright.domain.errors import InvalidRequest

MAX_NAME_LENGTH = 253
MAX_LABEL_LENGTH = 63
MAX_LABELS = 10
_LDH = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")

type Registrable = Callable[[str], str | None]
"""Finds the registrable domain (public suffix plus one label) of a name; None for a public suffix itself."""


@dataclass(frozen=True, slots=True)
class NameRules:
    """What one CA accepts: whether names must lie under a known public suffix, and how many an order may hold.

    `takes_addresses` says whether IP addresses may stand among them (RFC 8738).
    """

    is_public_suffix_required: bool
    max_names: int = 100
    takes_addresses: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a certificate, sorted, and those dropped because a wildcard of the same request covers them."""

    kept: tuple[str, ...]
    dropped: tuple[str, ...]


def is_wildcard(name: str) -> bool:
    """Tell whether a name is a wildcard (RFC 8555 §7.1.3)."""
    return name.startswith("*.")


def identifier(name: str) -> str:
    """Take the `*.` off a name: what an authorization is about."""
    return name.removeprefix("*.")


def read_address(text: str) -> str:
    """Write an IP address in the one way it is kept (RFC 5952 §4), empty where the text is none."""
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return ""
    return "" if "%" in text else str(address)


def as_host(name: str) -> str:
    """Write a name or an IP address as the host of a URL, and of a Host header (RFC 3986 §3.2.2)."""
    return f"[{name}]" if ":" in name else name


def display_name(name: str) -> str:
    """Write a name that was accepted as people do: its A-labels as U-labels (RFC 5890 §2.3.2.1)."""
    return ".".join(map(_display_label, name.split(".")))


def _display_label(label: str) -> str:
    return label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label


def parse_names(
    raw: Sequence[str], rules: NameRules, registrable: Registrable, is_listed: Callable[[str], bool]
) -> Names:
    """Validate and normalize the names of a request.

    `is_listed` tells whether the suffix of a name is on the public suffix list. Raises `InvalidRequest` naming the
    first bad field, as `names[2]`.
    """
    if not raw:
        raise InvalidRequest("Give at least one name.", field="names", code="names-missing")
    names = {_parse(text, f"names[{at}]", rules, registrable, is_listed) for at, text in enumerate(raw)}
    dropped = {name for name in names if _is_covered(name, names)}
    kept = names - dropped
    if len(kept) > rules.max_names:
        raise InvalidRequest(
            f"The CA takes at most {rules.max_names} names in one certificate, and these are {len(kept)}: "
            "ask for several certificates.",
            field="names",
            code="too-many-names",
        )
    return Names(tuple(sorted(kept)), tuple(sorted(dropped)))


def parse_name(text: str, field: str) -> str:
    """Check one name that is no wildcard by the rules that hold everywhere, and return it in lower case.

    Raises `InvalidRequest` with the field and the remedy.
    """
    name = text.strip().lower()
    if name.startswith("*."):
        raise _bad(field, name, "leave out the star, no wildcard is wanted here", "wildcard-place")
    return _parse_host(name, field)


def _parse_host(text: str, field: str, star: str = "") -> str:
    """Check a name, or what follows the `*.` of a wildcard; a complaint quotes both."""
    name = text.removesuffix(".")
    if not name:
        raise InvalidRequest("The name is empty: give one like www.example.com.", field=field, code="name-empty")
    asked = star + name
    _check_length(asked, field)
    if "*" in name:
        raise _bad(
            field, asked, "a * may only be the whole first label of a name, as in *.example.com", "wildcard-place"
        )
    labels = name.split(".")
    if labels[-1].isdigit() or read_address(name):
        raise _bad(field, asked, "it is an IP address; ask for a host name like www.example.com", "ip-address")
    if len(labels) < 2:
        raise _bad(
            field, asked, "it has only one label; give the full name, like www.example.com", "name-not-qualified"
        )
    if len(labels) > MAX_LABELS:
        why = f"it has {len(labels)} labels and CAs take at most {MAX_LABELS}; use a name with fewer labels"
        raise _bad(field, asked, why, "too-many-labels")
    for label in labels:
        _check_label(label, asked, field)
    return name


def _parse(text: str, field: str, rules: NameRules, registrable: Registrable, is_listed: Callable[[str], bool]) -> str:
    stripped = text.strip().lower()
    if rules.takes_addresses and (address := read_address(stripped)):
        return _parse_address(address, field, rules)
    star = "*." if stripped.startswith("*.") else ""
    name = _parse_host(stripped.removeprefix("*."), field, star)
    if registrable(name) is None and (star or rules.is_public_suffix_required):
        why = "it is a public suffix, under which others register domains; ask for a name below it"
        raise _bad(field, star + name, why, "public-suffix")
    if rules.is_public_suffix_required and not is_listed(name):
        why = "it ends in no public suffix, and public CAs refuse such names; use one under a registered domain"
        raise _bad(field, star + name, why, "not-public")
    return star + name


def _parse_address(address: str, field: str, rules: NameRules) -> str:
    if rules.is_public_suffix_required and not ip_address(address).is_global:
        why = "it is no address of the public Internet; ask for one that is"
        raise _bad(field, address, why, "not-public")
    return address


def _check_length(name: str, field: str) -> None:
    if len(name) > MAX_NAME_LENGTH:
        why = f"it is longer than {MAX_NAME_LENGTH} characters; use a shorter name"
        raise _bad(field, name[:40] + "…", why, "name-too-long")


def _check_label(label: str, name: str, field: str) -> None:
    if not label:
        raise _bad(field, name, "it has an empty label; take out the doubled or leading dot", "empty-label")
    if len(label) > MAX_LABEL_LENGTH:
        why = f"its label {label[:20]}… is longer than {MAX_LABEL_LENGTH} characters; shorten it"
        raise _bad(field, name, why, "label-too-long")
    if not _LDH.fullmatch(label):
        why = (
            f"its label “{label}” holds something other than letters, digits and inner hyphens; use only those, "
            "with other scripts in their xn-- form"
        )
        raise _bad(field, name, why, "label-characters")
    if label[2:4] == "--" and not _is_a_label(label):
        why = f"its label “{label}” is not a valid internationalized label; give the xn-- form of the name as written"
        raise _bad(field, name, why, "idn-label")


def _is_a_label(label: str) -> bool:
    """Tell whether a label is `xn--` and the one way to write normalized, not plain ASCII text (RFC 5890 §2.3.2.1)."""
    if not label.startswith("xn--"):
        return False
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
        decoded.encode()
    except UnicodeError:
        return False
    is_canonical = not decoded.isascii() and unicodedata.normalize("NFC", decoded) == decoded
    return is_canonical and "xn--" + decoded.encode("punycode").decode("ascii").lower() == label


def _is_covered(name: str, names: set[str]) -> bool:
    return not is_wildcard(name) and "*." + name.partition(".")[2] in names


def _bad(field: str, name: str, why: str, code: str) -> InvalidRequest:
    return InvalidRequest(f"“{name}” can't be used: {why}.", field=field, code=code)
