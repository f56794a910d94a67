"""CAA: which CA a domain lets issue (RFC 8659), for which account and by which method (RFC 8657)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

ISSUE, ISSUEWILD = "issue", "issuewild"
ACCOUNT_URI, VALIDATION_METHODS = "accounturi", "validationmethods"
CRITICAL = 128 | 1
"""The flag is the bit 128 (RFC 8659 §4.1); many have written 1 for it, which CAs obey as well."""

_KNOWN_TAGS = frozenset({ISSUE, ISSUEWILD, "iodef"})
_TEXT = re.compile(r'(?P<flags>\d{1,3}) (?P<tag>\S+) (?:"(?P<quoted>.*)"|(?P<bare>\S*))', re.DOTALL)
_ESCAPE = re.compile(r"\\(\d{3}|.)", re.DOTALL)
_WSP = " \t"
_ISSUER = re.compile(r"[a-z0-9]+(-+[a-z0-9]+)*(\.[a-z0-9]+(-+[a-z0-9]+)*)*")
_PARAMETER = re.compile(r"[ \t]*(?P<tag>[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*)[ \t]*=[ \t]*(?P<value>[!-:<-~]*)[ \t]*")
_METHOD = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class CaaRecord:
    """One record: a property with its tag in lower case."""

    flags: int
    tag: str
    value: str

    def __str__(self) -> str:
        return f'{self.flags} {self.tag} "{self.value}"'

    @property
    def is_unknown_and_critical(self) -> bool:
        """Tell whether CAs must refuse for a property that they do not know (RFC 8659 §4.1)."""
        return bool(self.flags & CRITICAL) and self.tag not in _KNOWN_TAGS


@dataclass(frozen=True, slots=True)
class Issuer:
    """The value of an `issue` or `issuewild`; `domain` is empty where it names nobody, as a malformed value does.

    `repeated` are the parameters given more than once, which nobody can satisfy (RFC 8657 §3, §4).
    """

    domain: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    repeated: tuple[str, ...] = ()


class Refusal(StrEnum):
    """Why a record that names the CA does not let it issue all the same."""

    ACCOUNT = "another account"
    METHOD = "another method"
    REPEATED = "a parameter twice"


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wants to issue: the CA's domains (RFC 8555 §9.7.6), our account there, the challenge's type."""

    ca_domains: tuple[str, ...]
    account_url: str
    method: str


def parse_record(text: str) -> CaaRecord | None:
    """Read a record in its presentation format (RFC 8659 §4.1.1); None where it is none."""
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    value = match["quoted"] if match["quoted"] is not None else match["bare"]
    return CaaRecord(int(match["flags"]), match["tag"].lower(), _ESCAPE.sub(_unescape, value))


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code)) if len(code) == 3 else code


def parse_issuer(value: str) -> Issuer:
    """Read the value of an `issue` or `issuewild` property (RFC 8659 §4.2)."""
    domain, *parts = value.split(";")
    issuer = domain.strip(_WSP).lower()
    if issuer and not _ISSUER.fullmatch(issuer):
        return Issuer("")
    if len(parts) == 1 and not parts[0].strip(_WSP):
        return Issuer(issuer)
    matches = [_PARAMETER.fullmatch(part) for part in parts]
    pairs = [(match["tag"], match["value"]) for match in matches if match]
    if len(pairs) < len(matches):
        return Issuer("")
    tags = [tag for tag, _ in pairs]
    return Issuer(issuer, dict(pairs), tuple(sorted({tag for tag in tags if tags.count(tag) > 1})))


def issuing_records(records: Iterable[CaaRecord], *, is_wildcard: bool) -> tuple[CaaRecord, ...]:
    """Pick the properties that count for a name (RFC 8659 §4.3): `issuewild` goes before `issue` for a wildcard."""
    every = tuple(records)
    wild = tuple(record for record in every if record.tag == ISSUEWILD) if is_wildcard else ()
    return wild or tuple(record for record in every if record.tag == ISSUE)


def refusal(issuer: Issuer, applicant: Applicant) -> Refusal | None:
    """Judge a property that names the CA; None where it lets the applicant issue."""
    if issuer.repeated:
        return Refusal.REPEATED
    if issuer.parameters.get(ACCOUNT_URI, applicant.account_url) != applicant.account_url:
        return Refusal.ACCOUNT
    methods = issuer.parameters.get(VALIDATION_METHODS, applicant.method).split(",")
    if applicant.method not in methods or not all(map(_METHOD.fullmatch, methods)):
        return Refusal.METHOD
    return None


def permits(records: Sequence[CaaRecord], applicant: Applicant, *, is_wildcard: bool) -> bool:
    """Tell whether a relevant record set lets the applicant issue (RFC 8659 §3, §4.1 to §4.3)."""
    if any(record.is_unknown_and_critical for record in records):
        return False
    counting = issuing_records(records, is_wildcard=is_wildcard)
    issuers = [parse_issuer(record.value) for record in counting]
    named = [issuer for issuer in issuers if issuer.domain in applicant.ca_domains]
    return not counting or any(refusal(issuer, applicant) is None for issuer in named)


def is_locked(records: Sequence[CaaRecord], *, is_wildcard: bool) -> bool:
    """Tell whether nobody may issue but accounts that are named: answers alone, in the wrong hands, issue nothing."""
    counting = issuing_records(records, is_wildcard=is_wildcard)
    issuers = [parse_issuer(record.value) for record in counting]
    return bool(counting) and all(not issuer.domain or ACCOUNT_URI in issuer.parameters for issuer in issuers)


def build_issuer(applicant: Applicant, methods: Sequence[str]) -> str:
    """Write the value that lets in one account by the methods only (RFC 8657)."""
    return f"{applicant.ca_domains[0]}; {ACCOUNT_URI}={applicant.account_url}; {VALIDATION_METHODS}={','.join(methods)}"
