"""Instants as people and other programs read them."""

from datetime import UTC, datetime


def instant(epoch_milliseconds: int) -> str | None:
    """Write an instant (RFC 3339, whole seconds), None for 0."""
    if not epoch_milliseconds:
        return None
    return datetime.fromtimestamp(epoch_milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
