"""Who is signed in: a cookie that names the token and is signed with the deployment's key.

The cookie is `v1.<token id>.<signed in>.<ends>.<MAC>`, times in epoch seconds. It holds no secret, and nothing is
stored of it: the MAC covers what is kept of the token, so that the cookie ends with the token, at once. It lives for
an hour, is renewed while pages are opened, and ends twelve hours after signing in whatever happens.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from hashlib import sha256

from certwright import ports
from certwright.domain.access import authenticate, split_bearer
from certwright.domain.owner import Token

LIVES_SECONDS = 3600
RENEWED_AFTER_SECONDS = 600
LONGEST_SECONDS = 12 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in visit; times in epoch seconds."""

    token_id: str
    signed_in: int
    ends: int

    def is_over(self, now: int) -> bool:
        """Tell whether signing in again is due."""
        return not self.signed_in <= now < min(self.ends, self.signed_in + LONGEST_SECONDS)


def prove(tokens: ports.Tokens, text: str, now: int) -> Token:
    """Check a token as somebody pasted it (`now` in epoch milliseconds); raises `NotAuthenticated`."""
    token_id, secret = split_bearer(f"Bearer {text}")
    token = tokens.read(token_id)
    authenticate(token, secret, now)
    if token is None:
        raise AssertionError("unreachable: no token is no authentication")
    return token


def begin(token: Token, now: int) -> Session:
    """Begin a session with a token."""
    return Session(token.id, now, now + LIVES_SECONDS)


def renew(session: Session, now: int) -> Session | None:
    """Give a session that is in use its hour again, None while the old one will do."""
    if session.ends - now > LIVES_SECONDS - RENEWED_AFTER_SECONDS:
        return None
    ends = min(now + LIVES_SECONDS, session.signed_in + LONGEST_SECONDS)
    return replace(session, ends=ends) if ends > session.ends else None


def write(session: Session, token: Token, key: bytes) -> str:
    """Write the cookie's value."""
    return f"{_claims(session)}.{mac(key, 'session', _claims(session), token.secret_sha256)}"


def read(value: str) -> Session | None:
    """Read what a cookie claims, None where it is none of ours; it says nothing until `is_genuine` was asked."""
    parts = value.split(".")
    if len(parts) != 5 or parts[0] != "v1" or not all(part.isdecimal() and len(part) < 12 for part in parts[2:4]):
        return None
    return Session(parts[1], int(parts[2]), int(parts[3]))


def is_genuine(value: str, session: Session, token: Token, key: bytes) -> bool:
    """Check the cookie's MAC against the token as it is kept now."""
    return hmac.compare_digest(value.encode(), write(session, token, key).encode())


def form_token(session: Session, key: bytes) -> str:
    """Make what every form of a session must carry: no other site can know it."""
    return mac(key, "form", session.token_id, str(session.signed_in))


def _claims(session: Session) -> str:
    return f"v1.{session.token_id}.{session.signed_in}.{session.ends}"


def mac(key: bytes, *parts: str) -> str:
    """Sign parts, none of which has a NUL in it, with the deployment's key."""
    return urlsafe_b64encode(hmac.digest(key, "\0".join(parts).encode(), sha256)).decode().rstrip("=")
