"""People that an identity provider vouches for: what its ID token must say, and which role that gives (OpenID Connect).

Roles are written as entries with semicolons between them, the first that fits counts:

    admin if groups=pki-admins; requester of own_shop if groups=shop; viewer if email=jo@example.com
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest

from certwright.domain.access import Role
from certwright.domain.errors import InvalidRequest, NotAllowed, NotAuthenticated
from certwright.domain.owner import DEFAULT_OWNER

type Claims = Mapping[str, object]

LEEWAY_SECONDS = 60
"""So much may the provider's clock and ours differ."""

OLDEST_SECONDS = 600
"""An ID token was made for this very sign-in, which takes no longer."""

LONGEST_SUBJECT = 255
LONGEST_NAME = 80

_GRANT = re.compile(r"(?P<role>[a-z-]+)(?: of (?P<owner>\S+))? if (?P<claim>[^\s=]+)=(?P<value>.+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Grant:
    """Whoever has this value among those of a claim gets the role, for the owner."""

    role: Role
    owner: str
    claim: str
    value: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody that the provider vouches for, with the role that this gives; `subject` is the provider's id."""

    subject: str
    name: str
    role: Role
    owner: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token must be: from whom, for whom, and for which sign-in."""

    issuer: str
    client_id: str
    nonce: str


def parse_grants(text: str) -> tuple[Grant, ...]:
    """Read which claims give which role; raises `InvalidRequest` naming the entry that is none."""
    return tuple(_parse_grant(entry.strip()) for entry in text.split(";") if entry.strip())


def _parse_grant(entry: str) -> Grant:
    found = _GRANT.fullmatch(entry)
    if found is None or found["role"] not in Role:
        raise InvalidRequest(
            f"“{entry}” gives no role: write “<role> if <claim>=<value>”, or “<role> of <owner's id> if …”, with a "
            f"role of {', '.join(Role)}.",
            field="roles",
        )
    return Grant(Role(found["role"]), found["owner"] or DEFAULT_OWNER, found["claim"], found["value"].strip())


def check_claims(claims: Claims, expected: Expected, now: int) -> None:
    """Check an ID token whose signature is right (OpenID Connect Core §3.1.3.7); `now` in epoch seconds.

    Raises `NotAuthenticated` naming the claim that is wrong.
    """
    audience = _texts(claims.get("aud"))
    party = claims.get("azp")
    _require(claims.get("iss") == expected.issuer, "iss")
    _require(expected.client_id in audience, "aud")
    _require(party == expected.client_id if party is not None or len(audience) > 1 else True, "azp")
    _require(now < _instant(claims, "exp") + LEEWAY_SECONDS, "exp")
    _require(-LEEWAY_SECONDS <= now - _instant(claims, "iat") <= OLDEST_SECONDS, "iat")
    _require("nbf" not in claims or _instant(claims, "nbf") <= now + LEEWAY_SECONDS, "nbf")
    nonce = claims.get("nonce")
    _require(isinstance(nonce, str) and compare_digest(nonce.encode(), expected.nonce.encode()), "nonce")
    subject = claims.get("sub")
    _require(isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT, "sub")


def admit(claims: Claims, grants: Sequence[Grant]) -> Person:
    """Find the role of somebody whose claims were checked; raises `NotAllowed` where no grant fits."""
    grant = next((grant for grant in grants if grant.value in _values(claims, grant.claim)), None)
    if grant is None:
        raise NotAllowed(
            "The identity provider knows you, but none of your groups has a role here: ask an operator.",
            code="identity-without-role",
        )
    subject = str(claims["sub"])
    names = (claims.get(claim) for claim in ("name", "preferred_username", "email"))
    name = next((name for name in names if isinstance(name, str) and name.strip()), subject)
    return Person(subject, " ".join(name.split())[:LONGEST_NAME], grant.role, grant.owner)


def _values(claims: Claims, claim: str) -> tuple[str, ...]:
    """Read the values of a claim, also of one within another (`realm_access.roles`).

    An email address counts only where the provider has verified it (§5.1): else anybody could name anybody's.
    """
    if claim == "email" and claims.get("email_verified") is not True:
        return ()
    value: object = claims.get(claim)
    if value is None and "." in claim:
        first, _, rest = claim.partition(".")
        inner = claims.get(first)
        return _values(inner, rest) if isinstance(inner, dict) else ()
    return _texts(value)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(item for item in value if isinstance(item, str))
    return (value,) if isinstance(value, str) else ()


def _instant(claims: Claims, claim: str) -> float:
    value = claims.get(claim)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _refused(claim)
    return value


def _require(is_right: bool, claim: str) -> None:
    if not is_right:
        raise _refused(claim)


def _refused(claim: str) -> NotAuthenticated:
    return NotAuthenticated(
        f"The identity provider's answer is not right (“{claim}”): sign in again.", code="identity-refused"
    )
