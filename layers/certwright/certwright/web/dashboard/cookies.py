"""The two cookies: the session's, and that of a sign-in that is at the identity provider."""

from certwright.web.dashboard import provider_sign_in, session
from certwright.web.dashboard.request import BrowserRequest


def cookie_name(request: BrowserRequest) -> str:
    """Name the session's cookie; by TLS with the prefix that ties it to this very host (RFC 6265bis §4.1.3.2)."""
    return "__Host-certwright" if request.is_secure else "certwright"


def errand_name(request: BrowserRequest) -> str:
    """Name the cookie of a sign-in that is under way."""
    return f"{cookie_name(request)}-errand"


def write_cookie(request: BrowserRequest, value: str) -> str:
    """Write the Set-Cookie header of a session; an empty value deletes the cookie."""
    return _write(request, cookie_name(request), value, session.LIVES_SECONDS)


def write_errand(request: BrowserRequest, value: str) -> str:
    """Write the Set-Cookie header of a sign-in that is under way; it is sent along with the way back (SameSite=Lax)."""
    return _write(request, errand_name(request), value, provider_sign_in.LIVES_SECONDS)


def _write(request: BrowserRequest, name: str, value: str, seconds: int) -> str:
    secure_only = "; Secure" if request.is_secure else ""
    return f"{name}={value}; Path=/; Max-Age={seconds if value else 0}; HttpOnly; SameSite=Lax{secure_only}"
