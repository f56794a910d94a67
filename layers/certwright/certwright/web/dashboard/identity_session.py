"""Who is signed in by an identity provider: a signed cookie that says so itself, for an hour.

The cookie is `p1.<person>.<signed in>.<ends>.<MAC>`; the person is JSON in base64url, times are epoch seconds. Nobody
here is told when a role is taken away there. So it is never renewed: after an hour the provider is asked again. The MAC
covers the deployment's terms (issuer, client, roles): changing them ends every such session at once.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from certwright.domain.access import Role
from certwright.domain.identity import Person
from certwright.web.dashboard.session import mac

LIVES_SECONDS = 3600
PREFIX = "p1"


@dataclass(frozen=True, slots=True)
class IdentitySession:
    """A visit of somebody the provider vouched for; times in epoch seconds."""

    person: Person
    signed_in: int
    ends: int

    def is_over(self, now: int) -> bool:
        """Tell whether signing in again is due."""
        return not self.signed_in <= now < min(self.ends, self.signed_in + LIVES_SECONDS)


def begin(person: Person, now: int) -> IdentitySession:
    """Begin a session."""
    return IdentitySession(person, now, now + LIVES_SECONDS)


def write(session: IdentitySession, key: bytes, terms: str) -> str:
    """Write the cookie's value."""
    person = session.person
    listed = json.dumps([person.subject, person.name, person.role.value, person.owner], separators=(",", ":"))
    encoded = urlsafe_b64encode(listed.encode()).decode().rstrip("=")
    claims = f"{PREFIX}.{encoded}.{session.signed_in}.{session.ends}"
    return f"{claims}.{mac(key, 'identity', terms, claims)}"


def read(value: str, key: bytes, terms: str) -> IdentitySession | None:
    """Read a cookie that this deployment wrote under these terms, None for any other."""
    claims, _, code = value.rpartition(".")
    if not terms or not hmac.compare_digest(code.encode(), mac(key, "identity", terms, claims).encode()):
        return None
    _, encoded, signed_in, ends = claims.split(".")
    subject, name, role, owner = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return IdentitySession(Person(subject, name, Role(role), owner), int(signed_in), int(ends))


def form_token(session: IdentitySession, key: bytes) -> str:
    """Make what every form of a session must carry: no other site can know it."""
    return mac(key, "identity-form", session.person.subject, str(session.signed_in))
