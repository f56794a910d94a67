"""CAA records as text, and what they let whom do: the grammar of RFC 8659 and RFC 8657."""

import pytest

from certwright.domain.caa import (
    Applicant,
    CaaRecord,
    Issuer,
    Refusal,
    is_locked,
    parse_issuer,
    parse_record,
    permits,
    refusal,
)

US = Applicant(("ca.test", "ca.example"), "https://ca.test/acct/7", "dns-01")


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ('0 issue "ca.test"', CaaRecord(0, "issue", "ca.test")),
        ('128 ISSUE ""', CaaRecord(128, "issue", "")),
        ('0 iodef "mailto:\\"a\\"\\\\b\\233"', CaaRecord(0, "iodef", 'mailto:"a"\\bé')),
        ("0 issue ca.test", CaaRecord(0, "issue", "ca.test")),
        ("\\# 3 000000", None),
        ("", None),
    ],
)
def test_a_record_is_read_from_its_presentation_format(text: str, record: CaaRecord | None) -> None:
    """Quotes and escapes are undone, tags are compared without case (RFC 8659 §4.1.1)."""
    assert parse_record(text) == record


@pytest.mark.parametrize(
    ("value", "issuer"),
    [
        ("ca.test", Issuer("ca.test")),
        (" CA.Test \t;", Issuer("ca.test")),
        ("", Issuer("")),
        (";", Issuer("")),
        ("ca.test; a=b;c = d", Issuer("ca.test", {"a": "b", "c": "d"})),
        ("ca.test; a=", Issuer("ca.test", {"a": ""})),
        ("ca.test; a=b=c:/?x", Issuer("ca.test", {"a": "b=c:/?x"})),
        ("; a=b", Issuer("", {"a": "b"})),
        ("ca.test; a=b; a=c", Issuer("ca.test", {"a": "c"}, ("a",))),
        ("ca.test; a=b;", Issuer("")),
        ("ca.test;; a=b", Issuer("")),
        ("ca.test; a", Issuer("")),
        ("ca.test; a_b=c", Issuer("")),
        ("ca.test; -a=c", Issuer("")),
        ("ca.test; a=b c", Issuer("")),
        ("ca.test a=b", Issuer("")),
        ("ca_test", Issuer("")),
        ("ca..test", Issuer("")),
    ],
)
def test_an_issuer_is_read_by_the_grammar_or_names_nobody(value: str, issuer: Issuer) -> None:
    """What is malformed lets nobody issue, as an empty value does (RFC 8659 §4.2)."""
    assert parse_issuer(value) == issuer


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("ca.test", None),
        ("ca.test; accounturi=https://ca.test/acct/7", None),
        ("ca.test; accounturi=https://ca.test/acct/70", Refusal.ACCOUNT),
        ("ca.test; accounturi=", Refusal.ACCOUNT),
        ("ca.test; AccountURI=https://ca.test/acct/8", None),
        ("ca.test; validationmethods=http-01,dns-01", None),
        ("ca.test; validationmethods=http-01", Refusal.METHOD),
        ("ca.test; validationmethods=dns-01,", Refusal.METHOD),
        ("ca.test; validationmethods=", Refusal.METHOD),
        ("ca.test; x=1; x=1", Refusal.REPEATED),
    ],
)
def test_parameters_must_all_be_met(value: str, why: Refusal | None) -> None:
    """The account to the letter, the method among those listed, each parameter once (RFC 8657 §3, §4)."""
    assert refusal(parse_issuer(value), US) == why
    assert permits((CaaRecord(0, "issue", value),), US, is_wildcard=False) == (why is None)


def test_any_of_the_cas_domains_lets_it_issue() -> None:
    """A CA may have several domains (RFC 8555 §9.7.6)."""
    assert permits((CaaRecord(0, "issue", "ca.example"),), US, is_wildcard=True)


@pytest.mark.parametrize(
    ("values", "closed"),
    [
        ([], False),
        (["ca.test; accounturi=https://ca.test/acct/7"], True),
        (["ca.test; accounturi=https://ca.test/acct/7", "other.test"], False),
        (["ca.test; accounturi=https://ca.test/acct/7", ";"], True),
        (["ca.test; validationmethods=dns-01"], False),
    ],
)
def test_one_open_door_leaves_the_lock_open(values: list[str], closed: bool) -> None:
    """Another CA that may issue for any account undoes the lock at ours."""
    assert is_locked([CaaRecord(0, "issue", value) for value in values], is_wildcard=False) == closed
