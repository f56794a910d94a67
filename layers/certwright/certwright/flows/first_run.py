"""Make what a new deployment needs: an owner and an admin's token, each put if absent."""

from certwright import ports
from certwright.domain.access import Role, digest
from certwright.domain.owner import DEFAULT_OWNER_PATTERNS, Owner, Token

DEFAULT_OWNER = "own_default"
ADMIN_TOKEN = "admin"  # noqa: S105 - the token's id, not its secret


def first_run(
    owners: ports.Owners, tokens: ports.Tokens, chance: ports.Chance, clock: ports.Clock, admin_secret: str
) -> None:
    """Create owner and admin token unless they are there; any number of workers may do this at once."""
    now = clock.now()
    if owners.read(DEFAULT_OWNER) is None:
        owners.create(Owner(DEFAULT_OWNER, "default", DEFAULT_OWNER_PATTERNS, chance.new_secret(), now))
    if tokens.read(ADMIN_TOKEN) is None:
        tokens.create(
            Token(ADMIN_TOKEN, DEFAULT_OWNER, Role.ADMIN.value, digest(admin_secret), now, label="made at deployment")
        )
