"""Owners and the tokens that act for them."""

from dataclasses import dataclass, replace

from certwright.domain.access import Role, digest
from certwright.domain.errors import InvalidRequest, NotFound
from certwright.domain.owner import Owner, Token, parse_pattern
from certwright.domain.renewal import DAY
from certwright.flows.world import Desk


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and, this once, the text that a caller sends."""

    token: Token
    bearer: str


@dataclass(frozen=True, slots=True)
class OwnerChange:
    """What is to change of an owner; None leaves a value as it is."""

    name: str | None = None
    patterns: tuple[str, ...] | None = None
    is_active: bool | None = None


def create_owner(desk: Desk, name: str, patterns: tuple[str, ...]) -> Owner:
    """Make an owner who may ask for what the patterns grant; raises `InvalidRequest`."""
    owner = Owner(desk.chance.new_id("own_"), name, _parse(patterns), desk.chance.new_secret(), desk.clock.now())
    return desk.registry.owners.create(owner)


def change_owner(desk: Desk, owner_id: str, change: OwnerChange) -> Owner:
    """Change an owner; raises `InvalidRequest`, `NotFound`.

    Certificates whose names no pattern grants any more, or whose owner is not active, are not renewed.
    """
    owner = desk.registry.owners.read(owner_id)
    if owner is None:
        raise NotFound(f"There is no owner {owner_id[:64]}: check the id.", code="owner-not-found")
    patterns = owner.patterns if change.patterns is None else _parse(change.patterns)
    is_active = owner.is_active if change.is_active is None else change.is_active
    changed = replace(owner, name=change.name or owner.name, patterns=patterns, is_active=is_active)
    return desk.registry.owners.change(changed)


def notice_of_sharing(desk: Desk) -> str:
    """Say what several active owners mean for the names of one who may ask for everything; empty for one owner."""
    active = [owner for owner in desk.registry.owners.list_all() if owner.is_active]
    if len(active) < 2:
        return ""
    return (
        "Several owners are active. A name proven by HTTP-01 now needs a pattern that names it, not just **, or the "
        "TXT record _certwright.<name> with its owner's proof: certificates without either are not renewed."
    )


def _parse(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(parse_pattern(pattern, f"patterns[{at}]") for at, pattern in enumerate(patterns))


def create_token(desk: Desk, owner_id: str, role: str, label: str, days: int) -> NewToken:
    """Make a token for an owner, valid for so many days (0: for ever); raises `InvalidRequest`, `NotFound`."""
    if role not in {item.value for item in Role}:
        roles = ", ".join(item.value for item in Role)
        raise InvalidRequest(f"Choose a role of {roles}.", field="role", code="role")
    if desk.registry.owners.read(owner_id) is None:
        raise NotFound(f"There is no owner {owner_id}: check the field “owner”.", code="owner-not-found")
    now, secret = desk.clock.now(), desk.chance.new_secret()
    expires_at = now + days * DAY if days else 0
    token = Token(desk.chance.new_id("tok"), owner_id, role, digest(secret), now, expires_at, label)
    desk.tokens.create(token)
    return NewToken(token, f"cw_{token.id}_{secret}")


def delete_token(desk: Desk, token_id: str) -> None:
    """Delete a token; raises `NotFound`, so that nobody takes a mistyped id for a token that counts no more."""
    if desk.tokens.read(token_id) is None:
        raise NotFound(f"There is no token {token_id[:64]}: check the id, or see GET /v1/tokens.")
    desk.tokens.remove(token_id)
