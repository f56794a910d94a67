"""What the form before a page has done, said on the page that follows it."""

from collections.abc import Mapping

from certwright.web.dashboard.words import count

DONE = {
    "checked": "It is being looked at now.",
    "renewed": "The renewal is asked for. The current version stays until the new one is stored.",
    "revoked": "The CA is being asked to revoke it.",
    "deleted": "The certificate is being deleted.",
    "renamed": "The names are changed. Its new records are below.",
    "token-deleted": "The token is deleted. It counts no more, from now on.",
    "owner-made": "The owner is made.",
}
_SEVERAL = {"checked": "being looked at now", "renewed": "being renewed now"}


def said_done(query: Mapping[str, str]) -> str:
    """Read what was done from the address, empty for nothing."""
    for name, words in _SEVERAL.items():
        number = query.get(name, "")
        if number.isdecimal() and len(number) < 5:
            return f"{count(int(number), 'certificate is', 'certificates are')} {words}."
    return DONE.get(query.get("done", ""), "")
