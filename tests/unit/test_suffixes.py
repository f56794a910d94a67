"""The public suffix list, read cheaply: it answers what the library's own reading of it answers."""

import pytest
from publicsuffixlist import PublicSuffixList

from certwright.adapters.suffixes import ListedSuffixes

LAX, STRICT = PublicSuffixList(), PublicSuffixList(accept_unknown=False)
NAMES = [
    "example.com",
    "www.example.co.uk",
    "co.uk",
    "a.b.kobe.jp",
    "city.kobe.jp",
    "x.y.ck",
    "www.ck",
    "shop.xn--55qx5d.cn",
    "shop.公司.cn",
    "xn--85x722f.xn--55qx5d.cn",
    "a.github.io",
    "host.unlisted-tld",
    "unlisted-tld",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_end_in_the_suffixes_of_the_librarys_list(name: str) -> None:
    """Wildcards, exceptions and rules that are not ASCII, in both their forms, included."""
    suffixes = ListedSuffixes()
    assert suffixes.registrable(name) == LAX.privatesuffix(name)
    assert suffixes.is_listed(name) == (STRICT.publicsuffix(name) is not None)
