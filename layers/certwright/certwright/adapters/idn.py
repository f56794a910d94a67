"""Internationalized names as people type them, turned into what DNS and CAs know (UTS #46, RFC 5891)."""

import idna

from certwright.domain.errors import InvalidRequest


def to_a_labels(names: list[str], field: str = "names") -> tuple[str, ...]:
    """Turn names with other than ASCII letters into A-labels; raises `InvalidRequest` naming the field and place."""
    return tuple(_convert(name, f"{field}[{at}]") for at, name in enumerate(names))


def _convert(name: str, field: str) -> str:
    if name.isascii():
        return name
    star, rest = ("*.", name[2:]) if name.startswith("*.") else ("", name)
    try:
        return star + idna.encode(rest, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise InvalidRequest(
            f"“{name}” can't be written as a domain name: {error}.", field=field, code="idn-label"
        ) from error
