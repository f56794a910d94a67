"""The public suffix list, as the bundled library has it."""

from functools import cache

from publicsuffixlist import PublicSuffixList


class ListedSuffixes:
    """Fills in `ports.PublicSuffixes`; the list is parsed at the first question."""

    def registrable(self, name: str) -> str | None:
        """Find the registrable domain; an unlisted top-level domain counts as a suffix of one label."""
        found: str | None = _suffix_list().privatesuffix(name)
        return found

    def is_listed(self, name: str) -> bool:
        """Tell whether a name ends in a suffix that is on the list."""
        return _strict_list().publicsuffix(name) is not None


@cache
def _suffix_list() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


@cache
def _strict_list() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)
