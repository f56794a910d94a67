"""Names as a CA will take them, and why it would not.

The rules are those of public CAs (CA/Browser Forum Baseline Requirements §7.1.2.7.12, RFC 5280 §4.2.1.6, RFC 1034 §3.5,
RFC 5890 §2.3.2.1), the same at every directory; only whether a public suffix is required belongs to the CA.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from certwright.domain.errors import InvalidRequest

MAX_NAME_LENGTH = 253
MAX_LABEL_LENGTH = 63
MAX_LABELS = 10
_LDH = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")

type Registrable = Callable[[str], str | None]
"""Finds the registrable domain (public suffix plus one label) of a name; None for a public suffix itself."""


@dataclass(frozen=True, slots=True)
class NameRules:
    """What one CA accepts: whether names must lie under a known public suffix, and how many an order may hold."""

    is_public_suffix_required: bool
    max_names: int = 100


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
    name = text.strip().lower().removesuffix(".")
    if not name:
        raise InvalidRequest("The name is empty: give one like www.example.com.", field=field, code="name-empty")
    if "*" in name:
        raise _bad(
            field, name, "a * may only be the whole first label of a name, as in *.example.com", "wildcard-place"
        )
    if len(name) > MAX_NAME_LENGTH:
        raise _bad(field, name[:40] + "…", f"it is longer than {MAX_NAME_LENGTH} characters", "name-too-long")
    labels = name.split(".")
    if len(labels) < 2:
        raise _bad(field, name, "it has only one label; give the full name, like www.example.com", "name-not-qualified")
    if len(labels) > MAX_LABELS:
        raise _bad(field, name, f"it has more than {MAX_LABELS} labels, which CAs refuse", "too-many-labels")
    for label in labels:
        _check_label(label, name, field)
    if labels[-1].isdigit():
        raise _bad(field, name, "it looks like an IP address; only host names can be asked for", "ip-address")
    return name


def _parse(text: str, field: str, rules: NameRules, registrable: Registrable, is_listed: Callable[[str], bool]) -> str:
    stripped = text.strip().lower()
    star = "*." if stripped.startswith("*.") else ""
    name = parse_name(stripped.removeprefix("*."), field)
    if registrable(name) is None and (star or rules.is_public_suffix_required):
        raise _bad(field, star + name, "it is a public suffix, under which others register domains", "public-suffix")
    if rules.is_public_suffix_required and not is_listed(name):
        raise _bad(
            field, star + name, "it does not end in a public suffix, and public CAs refuse such names", "not-public"
        )
    return star + name


def _check_label(label: str, name: str, field: str) -> None:
    if not label:
        raise _bad(field, name, "it has an empty label: take out the doubled or leading dot", "empty-label")
    if len(label) > MAX_LABEL_LENGTH:
        raise _bad(
            field, name, f"its label {label[:20]}… is longer than {MAX_LABEL_LENGTH} characters", "label-too-long"
        )
    if not _LDH.fullmatch(label):
        raise _bad(
            field,
            name,
            f"its label “{label}” holds something other than letters, digits and inner hyphens",
            "label-characters",
        )
    if label[2:4] == "--":
        _check_a_label(label, name, field)


def _check_a_label(label: str, name: str, field: str) -> None:
    """Accept only `xn--` labels that decode to normalized text which is not plain ASCII (RFC 5890 §2.3.2.1)."""
    try:
        decoded = label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else ""
    except UnicodeError:
        decoded = ""
    is_canonical = decoded and not decoded.isascii() and unicodedata.normalize("NFC", decoded) == decoded
    if not is_canonical or "xn--" + decoded.encode("punycode").decode("ascii").lower() != label:
        raise _bad(field, name, f"its label “{label}” is not a valid internationalized label", "idn-label")


def _is_covered(name: str, names: set[str]) -> bool:
    return not is_wildcard(name) and "*." + name.partition(".")[2] in names


def _bad(field: str, name: str, why: str, code: str) -> InvalidRequest:
    return InvalidRequest(f"“{name}” can't be used: {why}.", field=field, code=code)
