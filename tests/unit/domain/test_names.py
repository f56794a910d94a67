"""The names of a request: what a CA would refuse is refused here first, with the field and the remedy."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.domain.errors import InvalidRequest
from certwright.domain.identifier import (
    MAX_LABEL_LENGTH,
    MAX_NAME_LENGTH,
    NameRules,
    Names,
    display_name,
    identifier,
    is_wildcard,
    parse_name,
    parse_names,
)
from tests.support.names import PRIVATE, PUBLIC, parse

LONGEST_LABEL = "a" * MAX_LABEL_LENGTH
TOO_LONG = ".".join(["a" * 62] * 4) + ".com"
LONGEST = ".".join([*["a" * 62] * 3, "a" * 60, "com"])

GOOD = [
    ("www.example.com", "www.example.com"),
    ("WWW.Example.COM", "www.example.com"),
    ("www.example.com.", "www.example.com"),
    ("  www.example.com\n", "www.example.com"),
    ("*.example.com", "*.example.com"),
    ("*.Example.com.", "*.example.com"),
    ("a-b.example.com", "a-b.example.com"),
    ("1.example.com", "1.example.com"),
    ("example.co.uk", "example.co.uk"),
    (f"{LONGEST_LABEL}.com", f"{LONGEST_LABEL}.com"),
    ("a.b.c.d.e.f.g.h.example.com", "a.b.c.d.e.f.g.h.example.com"),
    ("xn--bcher-kva.example.com", "xn--bcher-kva.example.com"),
    (LONGEST, LONGEST),
]


@pytest.mark.parametrize(("text", "wanted"), GOOD)
def test_a_good_name_is_taken_in_its_one_written_form(text: str, wanted: str) -> None:
    """Case, surrounding space and a final dot make no other name of it."""
    assert parse(text).kept == (wanted,)


WITH_ADDRESSES = NameRules(is_public_suffix_required=True, takes_addresses=True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("8.8.8.8", "8.8.8.8"), (" [2001:4860:4860::8888]", "2001:4860:4860::8888"), ("2606:4700::0:1", "2606:4700::1")],
)
def test_an_address_is_taken_in_its_one_written_form_where_the_ca_takes_any(text: str, wanted: str) -> None:
    """RFC 5952 §4; elsewhere it is refused as no host name."""
    assert parse_names([text], WITH_ADDRESSES, lambda _: None, lambda _: False).kept == (wanted,)


@pytest.mark.parametrize("text", ["10.0.0.1", "192.0.2.1", "fe80::1", "::1"])
def test_an_address_of_no_public_network_is_refused_by_public_cas(text: str) -> None:
    """They can't reach it."""
    with pytest.raises(InvalidRequest, match="public Internet") as refused:
        parse_names([text], WITH_ADDRESSES, lambda _: None, lambda _: False)
    assert (refused.value.code, refused.value.field) == ("not-public", "names[0]")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("xn--bcher-kva.example.com", "bücher.example.com"),
        ("*.xn--bcher-kva.example.com", "*.bücher.example.com"),
        ("www.example.com", "www.example.com"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_name_is_shown_as_people_write_it(name: str, shown: str) -> None:
    """A-labels become U-labels, and nothing else changes."""
    assert display_name(name) == shown


BAD = [
    ("", "name-empty", "give one like"),
    ("   ", "name-empty", "give one like"),
    (".", "name-empty", "give one like"),
    ("*.", "name-empty", "give one like"),
    ("localhost", "name-not-qualified", "give the full name"),
    ("*", "wildcard-place", "whole first label"),
    ("www.*.com", "wildcard-place", "whole first label"),
    ("*.*.example.com", "wildcard-place", "whole first label"),
    ("w*.example.com", "wildcard-place", "whole first label"),
    (TOO_LONG, "name-too-long", "shorter name"),
    (f"*.{LONGEST}", "name-too-long", "shorter name"),
    (f"{LONGEST_LABEL}a.example.com", "label-too-long", "shorten it"),
    ("a.b.c.d.e.f.g.h.i.example.com", "too-many-labels", "fewer labels"),
    ("www..example.com", "empty-label", "take out"),
    (".example.com", "empty-label", "take out"),
    ("example.com..", "empty-label", "take out"),
    ("foo_bar.example.com", "label-characters", "use only those"),
    ("-foo.example.com", "label-characters", "use only those"),
    ("foo-.example.com", "label-characters", "use only those"),
    ("foo bar.example.com", "label-characters", "use only those"),
    ("bücher.example.com", "label-characters", "xn--"),
    ("www.example.com/path", "label-characters", "use only those"),
    ("https://example.com", "label-characters", "use only those"),
    ("www.example.com:443", "label-characters", "use only those"),
    ("xn--.example.com", "label-characters", "use only those"),
    ("xn--abc-.example.com", "label-characters", "use only those"),
    ("xn--99999999.example.com", "idn-label", "xn-- form"),
    ("ab--cd.example.com", "idn-label", "xn-- form"),
    ("192.0.2.1", "ip-address", "ask for a host name"),
    ("2001:db8::1", "ip-address", "ask for a host name"),
    ("[2001:db8::1]", "ip-address", "ask for a host name"),
    ("::ffff:192.0.2.1", "ip-address", "ask for a host name"),
    ("10.1", "ip-address", "ask for a host name"),
    ("co.uk", "public-suffix", "a name below it"),
    ("*.co.uk", "public-suffix", "a name below it"),
    ("*.com", "name-not-qualified", "give the full name"),
    ("www.example.test", "not-public", "registered domain"),
]


@pytest.mark.parametrize(("text", "code", "remedy"), BAD)
def test_a_name_a_public_ca_refuses_is_refused_with_its_field_and_the_remedy(text: str, code: str, remedy: str) -> None:
    """The first bad name decides; the machine gets a code, the person a sentence that says what to do."""
    with pytest.raises(InvalidRequest) as refused:
        parse("fine.example.com", text)
    assert (refused.value.field, refused.value.code) == ("names[1]", code)
    assert remedy in refused.value.sentence


@pytest.mark.parametrize("text", ["*.test", "*.*.example.com", "*.192.0.2.1", "*.a_b.example.com"])
def test_a_refused_wildcard_is_quoted_as_it_was_asked_for(text: str) -> None:
    """With its `*.`, so that it can be found among many."""
    with pytest.raises(InvalidRequest) as refused:
        parse(text)
    assert f"“{text}”" in refused.value.sentence


def test_idn_that_is_not_in_normal_form_is_refused() -> None:
    """`e` and a combining accent must come as one letter (RFC 5890 §2.3.2.1)."""
    decomposed = "e\u0301".encode("punycode").decode()
    with pytest.raises(InvalidRequest) as refused:
        parse(f"xn--{decomposed}.example.com")
    assert refused.value.code == "idn-label"


def test_idn_that_decodes_to_no_character_is_refused() -> None:
    """A surrogate is no text."""
    surrogate = "\ud800".encode("punycode").decode()
    with pytest.raises(InvalidRequest) as refused:
        parse(f"xn--{surrogate}.example.com")
    assert refused.value.code == "idn-label"


@pytest.mark.parametrize(("text", "code"), [("test", "name-not-qualified"), ("*.test", "name-not-qualified")])
def test_a_private_ca_serves_no_top_level_domain_either(text: str, code: str) -> None:
    """Only the need for a listed suffix is the CA's own rule."""
    with pytest.raises(InvalidRequest) as refused:
        parse(text, rules=PRIVATE)
    assert refused.value.code == code


def test_a_private_ca_takes_names_under_no_public_suffix() -> None:
    """A directory given by URL may serve `example.test`."""
    assert parse("example.test", "*.example.test", rules=PRIVATE).kept == ("*.example.test", "example.test")


def test_a_private_ca_still_grants_no_wildcard_of_a_public_suffix() -> None:
    """Others register below it."""
    with pytest.raises(InvalidRequest) as refused:
        parse("*.co.uk", rules=PRIVATE)
    assert refused.value.code == "public-suffix"


def test_no_names_are_refused() -> None:
    """The field is the list itself."""
    with pytest.raises(InvalidRequest) as refused:
        parse()
    assert (refused.value.field, refused.value.code) == ("names", "names-missing")


def test_names_covered_by_a_wildcard_of_the_same_request_are_dropped_and_told() -> None:
    """A CA refuses an order with both."""
    names = parse("example.com", "*.example.com", "www.example.com", "a.b.example.com")
    assert names.kept == ("*.example.com", "a.b.example.com", "example.com")
    assert names.dropped == ("www.example.com",)


def test_the_same_name_twice_is_one() -> None:
    """Written differently, too."""
    assert parse("example.com", "EXAMPLE.com.").kept == ("example.com",)


def test_more_names_than_the_ca_takes_are_refused() -> None:
    """Counted after covered names are dropped."""
    rules = NameRules(is_public_suffix_required=True, max_names=2)
    covered = parse("*.example.com", "a.example.com", "b.example.com", "example.com", rules=rules)
    assert len(covered.kept) == 2
    with pytest.raises(InvalidRequest) as refused:
        parse("a.example.com", "b.example.com", "c.example.com", rules=rules)
    assert (refused.value.field, refused.value.code) == ("names", "too-many-names")
    assert "several certificates" in refused.value.sentence


labels = st.one_of(
    st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=12),
    st.text(string.ascii_lowercase + string.digits + "-", max_size=20).map("xn--".__add__),
    st.text(max_size=8),
    st.sampled_from(["*", "com", "co", "uk", "test", "xn--bcher-kva", "127", "_acme-challenge"]),
)
names = st.one_of(st.text(max_size=300), st.lists(labels, min_size=1, max_size=12).map(".".join))


@given(st.lists(names, max_size=6), st.sampled_from([PUBLIC, PRIVATE]))
def test_whatever_is_sent_is_parsed_or_refused(raw: list[str], rules: NameRules) -> None:
    """Nothing but `InvalidRequest`, always with a field; and what was taken is taken again, unchanged."""
    try:
        parsed = parse(*raw, rules=rules)
    except InvalidRequest as error:
        refused = error
    else:
        check_taken(parsed, rules)
        return
    assert refused.field.startswith("names")
    assert refused.code != InvalidRequest.code
    assert refused.sentence.endswith(".")


def check_taken(parsed: Names, rules: NameRules) -> None:
    """Assert what holds for all names that are taken."""
    assert parse(*parsed.kept, rules=rules).kept == parsed.kept
    for name in parsed.kept:
        assert name == name.lower()
        assert len(name) <= MAX_NAME_LENGTH
        assert is_wildcard(name) == (identifier(name) != name)
        assert "*" not in identifier(name)


def test_a_wildcard_is_no_plain_name() -> None:
    """A zone or a name server can't be one, and its owner is told so and not where the star would go."""
    with pytest.raises(
        InvalidRequest, match=r"“\*\.example\.com” can't be used: leave out the star, no wildcard is wanted here\.$"
    ) as refused:
        parse_name("*.Example.com", "origin")
    assert (refused.value.field, refused.value.code) == ("origin", "wildcard-place")
