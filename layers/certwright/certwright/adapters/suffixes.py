"""The public suffix list, as the bundled library has it."""

from collections.abc import Iterator
from copy import copy
from functools import cache
from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList


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
    return PublicSuffixList(_read_rules(), accept_unknown=True, accept_encoded_idn=False)


@cache
def _strict_list() -> PublicSuffixList:
    strict = copy(_suffix_list())
    strict.accept_unknown = False
    return strict


def _read_rules() -> Iterator[str]:
    """Read the library's list, rules that are not ASCII in both forms: the library itself would encode all of them."""
    for line in Path(PSLFILE).read_text("utf-8").splitlines():
        rule = line.partition(" ")[0]
        if rule.startswith("//"):
            continue
        yield rule
        if not rule.isascii():
            mark = "!" if rule.startswith("!") else ""
            yield mark + rule.removeprefix("!").encode("idna").decode("ascii")
