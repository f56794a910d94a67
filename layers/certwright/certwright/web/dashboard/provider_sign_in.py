"""Signing in with an identity provider: off to it, and back with a code (OpenID Connect Core §3.1, RFC 7636).

What must come back with the code lies in a signed cookie of ten minutes: `<state>.<nonce>.<verifier>.<ends>.<MAC>` and
the page to go to then, none of which another site can know or set.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from certwright import ports
from certwright.domain.errors import NotAllowed, NotAuthenticated
from certwright.domain.identity import Person, admit
from certwright.domain.renewal import SECOND
from certwright.flows.world import SignInDesk
from certwright.web.dashboard import identity_session
from certwright.web.dashboard.session import mac

LIVES_SECONDS = 600
RETURN_PATH = "/sign-in/return"


@dataclass(frozen=True, slots=True)
class Errand:
    """A sign-in under way, as the browser's cookie keeps it; `ends` in epoch seconds."""

    state: str
    nonce: str
    verifier: str
    to: str
    ends: int


def begin(chance: ports.Chance, to: str, now: int) -> Errand:
    """Draw what proves that the answer belongs to this sign-in."""
    return Errand(chance.new_secret(), chance.new_secret(), chance.new_secret(), to, now // SECOND + LIVES_SECONDS)


def write(errand: Errand, key: bytes) -> str:
    """Write the cookie's value."""
    to = urlsafe_b64encode(errand.to.encode()).decode().rstrip("=")
    claims = f"{errand.state}.{errand.nonce}.{errand.verifier}.{to}.{errand.ends}"
    return f"{claims}.{mac(key, 'errand', claims)}"


def read(value: str, key: bytes) -> Errand | None:
    """Read a cookie of ours, None for any other."""
    claims, _, code = value.rpartition(".")
    if not hmac.compare_digest(code.encode(), mac(key, "errand", claims).encode()):
        return None
    state, nonce, verifier, to, ends = claims.split(".")
    return Errand(state, nonce, verifier, urlsafe_b64decode(to + "=" * (-len(to) % 4)).decode(), int(ends))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from the provider: the sign-in by the browser's cookie, and the address's query."""

    errand: Errand | None
    query: Mapping[str, str]
    origin: str


def finish(desk: SignInDesk, owners: ports.Owners, answer: Answer, now: int) -> Person:
    """Take the provider's answer; raises `NotAuthenticated`, `NotAllowed`, `Unavailable`."""
    errand, query = answer.errand, answer.query
    if errand is None or now // SECOND >= errand.ends:
        raise NotAuthenticated("This sign-in took too long, or began in another browser: begin again.")
    if not hmac.compare_digest(query.get("state", "").encode(), errand.state.encode()):
        raise NotAuthenticated("The answer belongs to another sign-in: begin again.")
    if "error" in query or not query.get("code"):
        raise NotAuthenticated("The identity provider did not sign you in: begin again, or use a token.")
    claims = desk.provider.redeem(query["code"], f"{answer.origin}{RETURN_PATH}", errand.nonce, errand.verifier)
    person = admit(claims, desk.grants)
    if owners.read(person.owner) is None:
        raise NotAllowed(f"Your role is for the owner {person.owner}, which there is not: ask an operator.")
    return person


def write_session(person: Person, key: bytes, terms: str, now: int) -> str:
    """Write the session's cookie."""
    return identity_session.write(identity_session.begin(person, now // SECOND), key, terms)
