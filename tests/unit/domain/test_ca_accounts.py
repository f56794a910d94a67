"""Accounts at CAs: what a CA is told next, and what may be asked."""

from dataclasses import replace

import pytest

from certwright.domain.ca import KNOWN_CAS
from certwright.domain.ca_account import (
    CaDefinition,
    CaStanding,
    Change,
    default_definition,
    is_unsettled,
    next_change,
    parse_account_name,
    parse_contact,
    parse_directory,
)
from certwright.domain.errors import InvalidRequest

WANTED = CaDefinition("backup", "zerossl", 1, contact="a@example.com")
STANDS = CaStanding("backup", url="https://ca.test/1", contact="a@example.com", settled=1)

CHANGES: list[tuple[str, CaDefinition, CaStanding, Change | None]] = [
    ("it is as wanted", WANTED, STANDS, None),
    ("it is not registered", WANTED, replace(STANDS, url=""), Change.REGISTER),
    ("it has another contact", WANTED, replace(STANDS, contact=""), Change.CONTACT),
    ("the contact is taken away", replace(WANTED, contact=""), STANDS, Change.CONTACT),
    ("its key is to be replaced", replace(WANTED, rollovers=1), STANDS, Change.ROLLOVER),
    ("its key was replaced", replace(WANTED, rollovers=1), replace(STANDS, rollovers=1), None),
    (
        "it is to be given up, whatever else",
        replace(WANTED, is_deactivated=True, rollovers=1),
        STANDS,
        Change.DEACTIVATE,
    ),
    (
        "it is to be given up before it was made",
        replace(WANTED, is_deactivated=True),
        CaStanding("b"),
        Change.DEACTIVATE,
    ),
    ("it was given up", replace(WANTED, is_deactivated=True), replace(STANDS, is_deactivated=True), None),
]


@pytest.mark.parametrize(("situation", "wanted", "stands", "change"), CHANGES, ids=[row[0] for row in CHANGES])
def test_a_ca_is_told_one_thing_after_the_other(
    situation: str, wanted: CaDefinition, stands: CaStanding, change: Change | None
) -> None:
    """In an order in which each is possible."""
    assert next_change(wanted, stands) is change, situation


def test_a_worker_looks_at_what_is_not_settled_when_it_is_time() -> None:
    """Not at what the CA has refused, before somebody changes it."""
    changed = replace(WANTED, changes=2)
    assert not is_unsettled(WANTED, STANDS, now=10)
    assert is_unsettled(WANTED, None, now=10)
    assert is_unsettled(changed, STANDS, now=10)
    assert not is_unsettled(changed, replace(STANDS, retry_at=11), now=10)


def test_an_account_at_a_known_ca_has_its_rules_under_its_own_name() -> None:
    """Two accounts at one CA are two."""
    entry = replace(WANTED, directory="letsencrypt").entry
    assert (entry.account, entry.directory) == ("backup", KNOWN_CAS["letsencrypt"].directory)
    assert entry.address_profiles == ("shortlived",)
    private = replace(WANTED, directory="https://ca.test/dir", is_public=False).entry
    assert (private.directory, private.rules.is_public_suffix_required) == ("https://ca.test/dir", False)


def test_the_deployments_own_account_is_what_its_settings_say() -> None:
    """Nothing is stored for it, as long as nobody changes it."""
    own = default_definition("letsencrypt-staging", "a@example.com", is_terms_agreed=True)
    assert (own.name, own.contact, own.is_terms_agreed) == ("letsencrypt-staging", "a@example.com", True)
    assert own.entry.directory == KNOWN_CAS["letsencrypt-staging"].directory


@pytest.mark.parametrize("text", ["", "Backup", "1st", "a" * 33, "a b", "a#b"])
def test_a_name_that_does_not_fit_into_a_url_is_refused(text: str) -> None:
    """It is part of routes and keys."""
    with pytest.raises(InvalidRequest) as refused:
        parse_account_name(text)
    assert (refused.value.field, refused.value.code) == ("name", "ca-name")


@pytest.mark.parametrize("text", ["", "letsencrip", "http://ca.test/dir", "https://", "https://ca.test/a b"])
def test_a_directory_is_a_known_name_or_an_https_url(text: str) -> None:
    """An account key never goes over plain HTTP."""
    with pytest.raises(InvalidRequest, match="zerossl") as refused:
        parse_directory(text)
    assert (refused.value.field, refused.value.code) == ("directory", "ca-directory")


@pytest.mark.parametrize("text", ["a", "a@b,c@d", "mailto:a@b?to=c@d", "a b@c"])
def test_a_contact_is_one_address(text: str) -> None:
    """CAs take no more (RFC 8555 §7.3: no hfields, one address)."""
    with pytest.raises(InvalidRequest) as refused:
        parse_contact(text)
    assert (refused.value.field, refused.value.code) == ("contact", "ca-contact")
    assert parse_contact("") == ""
