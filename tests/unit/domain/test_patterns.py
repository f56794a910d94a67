"""Owners' patterns: nothing is granted without one, labels are matched whole, wildcards need their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.domain.errors import InvalidRequest
from certwright.domain.owner import DEFAULT_OWNER_PATTERNS, Owner, is_granted_by_name, may_ask, parse_pattern


def owner(*patterns: str) -> Owner:
    """Build an owner with these patterns."""
    return Owner("own_1", "team", patterns, "token", created_at=0)


GRANTS = [
    ("**", "example.com", True),
    ("**", "a.b.example.com", True),
    ("**", "*.example.com", False),
    ("*.**", "*.example.com", True),
    ("*.**", "*.a.b.example.com", True),
    ("*.**", "example.com", False),
    ("example.com", "example.com", True),
    ("example.com", "www.example.com", False),
    ("example.com", "*.example.com", False),
    ("*.example.com", "*.example.com", True),
    ("*.example.com", "www.example.com", False),
    ("*.example.com", "*.www.example.com", False),
    ("**.example.com", "www.example.com", True),
    ("**.example.com", "a.b.example.com", True),
    ("**.example.com", "example.com", False),
    ("**.example.com", "*.example.com", False),
    ("**.example.com", "badexample.com", False),
    ("**.example.com", "www.example.com.evil.net", False),
    ("*.**.example.com", "*.www.example.com", True),
    ("*.**.example.com", "*.example.com", False),
    ("www.*.example.com", "www.a.example.com", True),
    ("www.*.example.com", "www.a.b.example.com", False),
    ("*.*.example.com", "*.a.example.com", True),
    ("*.*.example.com", "*.example.com", False),
]


@pytest.mark.parametrize(("pattern", "name", "is_granted"), GRANTS)
def test_a_pattern_grants_by_whole_labels(pattern: str, name: str, is_granted: bool) -> None:
    """`*` stands for one label, a leftmost `**` for one or more, a leading `*.` for the wildcard itself."""
    assert may_ask(owner(pattern), name) is is_granted
    assert parse_pattern(pattern, "patterns[0]") == pattern


@given(st.from_regex(r"(\*\.)?[a-z]{1,5}(\.[a-z]{1,5}){1,3}", fullmatch=True))
def test_without_a_pattern_nothing_is_granted(name: str) -> None:
    """Deny by default."""
    assert not may_ask(owner(), name)


@given(st.from_regex(r"(\*\.)?[a-z]{1,5}(\.[a-z]{1,5}){1,3}", fullmatch=True))
def test_the_owner_that_deployment_creates_may_ask_for_everything(name: str) -> None:
    """Plain names by `**`, wildcards by `*.**`; neither proves an HTTP-01 name."""
    everything = owner(*DEFAULT_OWNER_PATTERNS)
    assert may_ask(everything, name)
    assert not is_granted_by_name(everything, name)


def test_a_pattern_that_names_a_domain_grants_by_name() -> None:
    """That is what proves an HTTP-01 name where several owners share the deployment."""
    both = owner(*DEFAULT_OWNER_PATTERNS, "**.example.com")
    assert is_granted_by_name(both, "www.example.com")
    assert not is_granted_by_name(both, "www.example.org")


def test_a_pattern_is_kept_in_its_one_written_form() -> None:
    """Case, space and a final dot make no other pattern of it."""
    assert parse_pattern(" **.Example.COM. ", "patterns[0]") == "**.example.com"


def test_an_ip_address_is_granted_by_itself_or_with_everything_else() -> None:
    """Its parts are no labels: no pattern grants a range by accident."""
    assert parse_pattern(" 2001:DB8::1 ", "patterns[0]") == "2001:db8::1"
    assert may_ask(owner("192.0.2.7"), "192.0.2.7")
    assert is_granted_by_name(owner("192.0.2.7"), "192.0.2.7")
    assert may_ask(owner("**"), "2001:db8::1")
    assert not any(may_ask(owner(pattern), "192.0.2.7") for pattern in ("192.0.2.8", "**.2.7", "192.*.2.7", "*.**"))


BAD = [
    "",
    " ",
    ".",
    "*",
    "*.*",
    "**.**",
    "a.**.example.com",
    "example.com.**",
    "localhost",
    "*.",
    "**..com",
    "a*.example.com",
    "foo_bar.example.com",
    "**.b_d",
    "**." + "a" * 64,
    "192.0.2.",
    "*.192.0.2.1",
    "www..example.com",
]


@pytest.mark.parametrize("text", BAD)
def test_a_pattern_that_grants_nothing_or_is_no_name_is_refused(text: str) -> None:
    """With its field, so that a typo never silently locks an owner out."""
    with pytest.raises(InvalidRequest) as refused:
        parse_pattern(text, "patterns[0]")
    assert refused.value.field == "patterns[0]"


@given(st.text(max_size=40) | st.from_regex(r"(\*\*?\.)*[a-z*]{1,3}(\.[a-z*]{1,3}){0,3}\.?", fullmatch=True))
def test_whatever_is_sent_as_a_pattern_is_parsed_or_refused(text: str) -> None:
    """Nothing but `InvalidRequest`; what was taken is taken again, unchanged."""
    try:
        pattern = parse_pattern(text, "patterns[0]")
    except InvalidRequest:
        return
    assert parse_pattern(pattern, "patterns[0]") == pattern
