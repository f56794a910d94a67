"""Accounts at CAs as named objects: what an operator wants of one, and how it stands at the CA (RFC 8555 §7.3)."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from certwright.domain.ca import KNOWN_CAS, SELF_SIGNED, CaEntry, find_ca
from certwright.domain.ca_move import CaMove
from certwright.domain.errors import InvalidRequest
from certwright.domain.identifier import NameRules
from certwright.domain.problem import Problem
from certwright.domain.renewal import DAY


class KeyKind(StrEnum):
    """Where an account's key is: stored encrypted, or in KMS, which it never leaves."""

    PLAIN = "plain"
    KMS = "kms"


_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class CaDefinition:
    """An account that an operator defined; `directory` is a known CA's name or a URL.

    `eab_hmac` is encrypted. `rollovers` counts the changes of its key that were asked for, `changes` all that the CA
    has to be told of. `is_public` says whether names must lie under a public suffix, where the CA is not a known one.
    `staging` names the account that dry runs are made with, empty for that of the known CA's own staging. `limits` are
    what the CA allows, as in the parameter AcmeLimits, empty for what is known. `terms` is the URL of newer terms that
    an operator has agreed to since. `move` is where its certificates are to go.
    """

    name: str
    directory: str
    created_at: int
    contact: str = ""
    is_terms_agreed: bool = False
    eab_kid: str = ""
    eab_hmac: bytes = b""
    profile: str = ""
    is_public: bool = True
    rollovers: int = 0
    is_deactivated: bool = False
    changes: int = 1
    key: KeyKind = KeyKind.PLAIN
    staging: str = ""
    limits: str = ""
    terms: str = ""
    move: CaMove | None = None

    @property
    def is_limited(self) -> bool:
        """Tell whether its CA may limit what is ordered: not one of our own, nor one that was given up."""
        return not self.is_deactivated and not self.entry.is_self_signed

    @property
    def entry(self) -> CaEntry:
        """The CA as requests see it, under this account's name."""
        known = KNOWN_CAS.get(self.directory)
        if known:
            return replace(known, account=self.name)
        rules = NameRules(is_public_suffix_required=self.is_public, takes_addresses=True)
        return CaEntry(self.name, self.directory, rules)


@dataclass(frozen=True, slots=True)
class CaStanding:
    """How an account stands at its CA: what it was last told, and what it said.

    `settled` is the definition's `changes` that are all done, or refused with `problem`. `terms` are those in force
    when it was registered, `terms_now` those that the CA had when it was looked at last, at `terms_seen_at`.
    """

    name: str
    url: str = ""
    contact: str = ""
    rollovers: int = 0
    is_deactivated: bool = False
    terms: str = ""
    settled: int = 0
    problem: Problem | None = None
    retry_at: int = 0
    terms_now: str = ""
    terms_seen_at: int = 0


class Change(StrEnum):
    """What the CA has to be told."""

    REGISTER = "register"
    CONTACT = "contact"
    ROLLOVER = "rollover"
    DEACTIVATE = "deactivate"


def next_change(wanted: CaDefinition, stands: CaStanding) -> Change | None:
    """Decide what the CA is told next; None when all is as wanted. What is to be given up is changed no more."""
    if stands.is_deactivated:
        return None
    if wanted.is_deactivated:
        return Change.DEACTIVATE
    if not stands.url:
        return Change.REGISTER
    if wanted.contact != stands.contact:
        return Change.CONTACT
    return Change.ROLLOVER if wanted.rollovers > stands.rollovers else None


TERMS_SEEN_EVERY = DAY
"""How often a CA's terms are looked at."""


def is_moving(wanted: CaDefinition) -> bool:
    """Tell whether certificates of an account are still to be handed over to another."""
    return wanted.move is not None and not wanted.move.finished_at


def is_unsettled(wanted: CaDefinition, stands: CaStanding | None, now: int) -> bool:
    """Tell whether a worker should look at an account now."""
    if stands is None:
        return True
    is_open = stands.settled < wanted.changes or are_terms_stale(stands, now)
    return is_open and now >= stands.retry_at


def are_terms_stale(stands: CaStanding, now: int) -> bool:
    """Tell whether to look at the terms of a CA where there is an account."""
    return bool(stands.url) and not stands.is_deactivated and now >= stands.terms_seen_at + TERMS_SEEN_EVERY


def parse_account_name(text: str) -> str:
    """Check the name of an account; raises `InvalidRequest`."""
    if not _NAME.fullmatch(text):
        raise InvalidRequest(
            "Name the account with 1 to 32 small letters, digits and hyphens, a letter first.",
            field="name",
            code="ca-name",
        )
    return text


def parse_directory(text: str) -> str:
    """Check a directory: a known CA's name, or an https URL; raises `InvalidRequest`."""
    if text not in KNOWN_CAS and not re.fullmatch(r"https://[^\s]{1,500}", text):
        raise InvalidRequest(
            f"Give the https URL of the CA's directory, or one of {', '.join(KNOWN_CAS)}.",
            field="directory",
            code="ca-directory",
        )
    return text


def parse_key_kind(text: str, directory: str) -> KeyKind:
    """Check where an account's key is to be; raises `InvalidRequest`, also for KMS where it must sign certificates."""
    if text not in KeyKind:
        raise InvalidRequest(f"Choose {' or '.join(KeyKind)} for the account's key.", field="key", code="ca-key")
    if text == KeyKind.KMS and directory == SELF_SIGNED:
        raise InvalidRequest("The self-signed test CA has a plain key: leave “key” out.", field="key", code="ca-key")
    return KeyKind(text)


def parse_contact(text: str) -> str:
    """Check a contact: one email address, or none; raises `InvalidRequest`."""
    if text and not re.fullmatch(r"[^@\s,?]+@[^@\s,?]+", text):
        raise InvalidRequest("Give one email address, or leave it empty.", field="contact", code="ca-contact")
    return text


def default_definition(directory: str, contact: str, *, is_terms_agreed: bool) -> CaDefinition:
    """Describe the deployment's own account, which no operator has defined."""
    entry = find_ca(directory)
    return CaDefinition(
        name=entry.account,
        directory=directory,
        created_at=0,
        contact=contact,
        is_terms_agreed=is_terms_agreed,
        is_public=entry.rules.is_public_suffix_required,
    )
