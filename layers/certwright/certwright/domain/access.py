"""Who may do what: roles, and the bearer tokens that carry them."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest

from certwright.domain.errors import NotAllowed, NotAuthenticated
from certwright.domain.owner import Token


class Role(StrEnum):
    """What a token is for; each but the key reader includes the ones before it."""

    VIEWER = "viewer"
    REQUESTER = "requester"
    OPERATOR = "operator"
    KEY_READER = "key-reader"
    ADMIN = "admin"


class Action(StrEnum):
    """What a route does; a route without an action is refused."""

    READ = "read"
    REQUEST = "request"
    OPERATE = "operate"
    READ_KEYS = "read-keys"
    ADMINISTER = "administer"


_GRANTS: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.READ}),
    Role.REQUESTER: frozenset({Action.READ, Action.REQUEST}),
    Role.OPERATOR: frozenset({Action.READ, Action.REQUEST, Action.OPERATE}),
    Role.KEY_READER: frozenset({Action.READ, Action.READ_KEYS}),
    Role.ADMIN: frozenset(Action),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, after the token was checked; an admin or operator sees every owner's things."""

    token_id: str
    owner: str
    role: Role

    @property
    def sees_all_owners(self) -> bool:
        """Tell whether things of other owners are visible and may be acted on."""
        return self.role in (Role.ADMIN, Role.OPERATOR)

    def may_touch(self, owner: str) -> bool:
        """Tell whether something of that owner's is the caller's business."""
        return self.sees_all_owners or owner == self.owner


def split_bearer(header: str) -> tuple[str, str]:
    """Split an Authorization header (RFC 6750 §2.1) into token id and secret; raises `NotAuthenticated`."""
    scheme, _, value = header.strip().partition(" ")
    prefix, _, rest = value.strip().partition("_")
    token_id, _, secret = rest.rpartition("_")
    if scheme.lower() != "bearer" or prefix != "cw" or not token_id or not secret:
        raise NotAuthenticated("Send the header “Authorization: Bearer cw_…” with a token of this deployment.")
    return token_id, secret


def digest(secret: str) -> str:
    """Hash a token's secret for keeping."""
    return sha256(secret.encode(errors="surrogatepass")).hexdigest()


def authenticate(token: Token | None, secret: str, now: int) -> Caller:
    """Check a secret against the kept token; raises `NotAuthenticated` without saying which part was wrong."""
    is_right = compare_digest(digest(secret), token.secret_sha256 if token else digest(""))
    if token is None or not is_right:
        raise NotAuthenticated("This token is not known; it may have been deleted.")
    return caller_by(token, now)


def caller_by(token: Token, now: int) -> Caller:
    """Tell who acts by a token that was proven; raises `NotAuthenticated` where it has expired."""
    if token.expires_at and now >= token.expires_at:
        raise NotAuthenticated("This token has expired: ask an admin for a new one.", code="token-expired")
    return Caller(token.id, token.owner, Role(token.role))


def may(caller: Caller, action: Action) -> bool:
    """Tell whether the caller's role allows an action."""
    return action in _GRANTS[caller.role]


def authorize(caller: Caller, action: Action) -> None:
    """Check that the caller's role allows an action; raises `NotAllowed` naming both."""
    if not may(caller, action):
        raise NotAllowed(
            f"A token with the role {caller.role.value} may not {action.value.replace('-', ' ')}: use another token.",
            code="role-not-sufficient",
        )
