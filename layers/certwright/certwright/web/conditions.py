"""Requests on a condition (RFC 9110 §13)."""


def entity_tag(text: str) -> str:
    """Quote what stands for a representation as a strong tag (§8.8.3)."""
    return f'"{text}"'


def is_known(if_none_match: str, tag: str) -> bool:
    """Tell whether a caller has what the tag stands for; compared weakly, as §13.1.2 asks."""
    known = {item.strip().removeprefix("W/") for item in if_none_match.split(",")}
    return "*" in known or tag in known
