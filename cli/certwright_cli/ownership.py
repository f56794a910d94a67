"""Users and groups of this machine, by name or number."""

import grp
import pwd

from certwright_cli.errors import usage_error


def find_owner(text: str) -> tuple[int, int]:
    """Find the ids of USER, USER:GROUP or :GROUP; -1 stands for what was left out. Raises `CliError`."""
    user, _, group = text.partition(":")
    return _user(user) if user else -1, _group(group) if group else -1


def _user(name: str) -> int:
    if name.isdecimal():
        return int(name)
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        raise usage_error(f"--owner: there is no user {name} on this machine.") from None


def _group(name: str) -> int:
    if name.isdecimal():
        return int(name)
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise usage_error(f"--owner: there is no group {name} on this machine.") from None
