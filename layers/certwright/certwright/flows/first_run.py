"""Make what a new deployment needs: an owner and an admin's token, each put if absent."""

from collections.abc import Callable

from certwright import ports
from certwright.domain.access import Role, digest
from certwright.domain.owner import DEFAULT_OWNER, DEFAULT_OWNER_PATTERNS, Owner, Token

ADMIN_TOKEN = "admin"  # noqa: S105 - the token's id, not its secret


def first_run(
    owners: ports.Owners,
    tokens: ports.Tokens,
    chance: ports.Chance,
    clock: ports.Clock,
    read_admin_secret: Callable[[], str],
) -> None:
    """Create the admin token and then the owner, unless the owner is there; any number of workers may do this at once.

    The owner, who can't be deleted, says that it was done: a token that an admin deletes later must not come back, and
    its secret is not needed any more.
    """
    if owners.read(DEFAULT_OWNER):
        return
    now, secret_sha256 = clock.now(), digest(read_admin_secret())
    tokens.create(Token(ADMIN_TOKEN, DEFAULT_OWNER, Role.ADMIN.value, secret_sha256, now, label="made at deployment"))
    owners.create(Owner(DEFAULT_OWNER, "default", DEFAULT_OWNER_PATTERNS, chance.new_secret(), now))
