"""Names as tests parse them: the rules of a public CA and of a private one, with a short public suffix list."""

from certwright.domain.identifier import NameRules, Names, parse_names
from tests.fakes.public_suffixes import FakePublicSuffixes

PUBLIC = NameRules(is_public_suffix_required=True)
PRIVATE = NameRules(is_public_suffix_required=False)
_SUFFIXES = FakePublicSuffixes()


def parse(*raw: str, rules: NameRules = PUBLIC) -> Names:
    """Parse the names of a request."""
    return parse_names(raw, rules, _SUFFIXES.registrable, _SUFFIXES.is_listed)
