"""Who a session's cookie admits: the token that signed in, or somebody an identity provider vouched for."""

from dataclasses import dataclass

from certwright import ports
from certwright.domain.access import Caller, caller_by
from certwright.domain.errors import NotAuthenticated
from certwright.domain.renewal import SECOND
from certwright.web.dashboard import identity_session
from certwright.web.dashboard import session as sessions
from certwright.web.dashboard.layout import Visit


@dataclass(frozen=True, slots=True)
class PageGate:
    """What signing in needs; built at the first request. `terms` are those of the identity provider, empty for none."""

    tokens: ports.Tokens
    clock: ports.Clock
    session_key: bytes
    terms: str = ""


@dataclass(frozen=True, slots=True)
class Admission:
    """A visit that was admitted; `renewed` is a cookie to send where the session is lengthened by it, else empty."""

    visit: Visit
    renewed: str = ""


def admit(gate: PageGate, cookie: str, path: str, *, is_live: bool) -> Admission:
    """Find out who is signed in; raises `NotAuthenticated`. Both kinds of session are checked against what is now."""
    if cookie.startswith(f"{identity_session.PREFIX}."):
        return _admit_person(gate, cookie, path)
    now = gate.clock.now()
    session = sessions.read(cookie)
    token = gate.tokens.read(session.token_id) if session and not session.is_over(now // SECOND) else None
    if session is None or token is None or not sessions.is_genuine(cookie, session, token, gate.session_key):
        raise NotAuthenticated("Sign in first.")
    form_token = sessions.form_token(session, gate.session_key)
    visit = Visit(caller_by(token, now), token.label or token.id, form_token, path, now)
    renewed = None if is_live else sessions.renew(session, now // SECOND)
    return Admission(visit, sessions.write(renewed, token, gate.session_key) if renewed else "")


def _admit_person(gate: PageGate, cookie: str, path: str) -> Admission:
    now = gate.clock.now()
    session = identity_session.read(cookie, gate.session_key, gate.terms)
    if session is None or session.is_over(now // SECOND):
        raise NotAuthenticated("Sign in first.")
    person = session.person
    caller = Caller(f"identity:{person.subject}", person.owner, person.role)
    return Admission(Visit(caller, person.name, identity_session.form_token(session, gate.session_key), path, now))
