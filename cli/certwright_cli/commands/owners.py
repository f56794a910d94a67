"""Owners: teams or tenants, and the names they may ask for."""

from urllib.parse import quote

import click

from certwright_cli.base import Group, Json, Session, pass_session
from certwright_cli.errors import usage_error


@click.group(cls=Group)
def owners() -> None:
    """Teams or tenants, and the names they may ask for. For admins."""


@owners.command("list")
@pass_session
def list_owners(session: Session) -> None:
    """List the owners."""
    found = session.api.get("/v1/owners")
    if session.output.is_json:
        session.output.document(found)
        return
    rows = [(item["id"], _state(item), item["name"], " ".join(item["patterns"])) for item in found["items"]]
    session.output.table(("ID", "STATE", "NAME", "PATTERNS"), rows)


@owners.command()
@click.argument("name")
@click.option(
    "--pattern",
    "patterns",
    multiple=True,
    help="Names to grant, such as app.example.com, **.example.com, *.example.com. May be repeated.",
)
@pass_session
def create(session: Session, name: str, patterns: tuple[str, ...]) -> None:
    """Make an owner. Without a pattern it may ask for nothing."""
    _show(session, session.api.post("/v1/owners", {"name": name, "patterns": list(patterns)}))


@owners.command()
@click.argument("owner_id", metavar="ID")
@click.option("--name", help="Another name.")
@click.option(
    "--pattern", "patterns", multiple=True, help="The names to grant from now on, all of them. May be repeated."
)
@click.option("--active/--inactive", default=None, help="Whether it gets certificates at all.")
@pass_session
def change(
    session: Session, *, owner_id: str, name: str | None, patterns: tuple[str, ...], active: bool | None
) -> None:
    """Change an owner; what is left out stays. --pattern replaces all patterns."""
    wanted = {"name": name, "patterns": list(patterns) or None, "active": active}
    changes = {key: value for key, value in wanted.items() if value is not None}
    if not changes:
        raise usage_error("Nothing to change: give --name, --pattern, --active or --inactive.")
    _show(session, session.api.change(f"/v1/owners/{quote(owner_id, safe='')}", changes))


def _show(session: Session, made: Json) -> None:
    if session.output.is_json:
        session.output.document(made)
        return
    session.output.line(f"{made['id']}  {made['name']}")
    session.output.fields({"state": _state(made), "patterns": " ".join(made["patterns"]), "proof": made["proof"]})


def _state(owner: Json) -> str:
    return "active" if owner["active"] else "inactive"


COMMANDS = (owners,)
