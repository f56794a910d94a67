"""Owners: teams or tenants, and the names they may ask for."""

import click

from certwright_cli.base import Group, Json, Session, pass_session


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
    rows = [
        (item["id"], "active" if item["active"] else "inactive", item["name"], " ".join(item["patterns"]))
        for item in found["items"]
    ]
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
    made: Json = session.api.post("/v1/owners", {"name": name, "patterns": list(patterns)})
    if session.output.is_json:
        session.output.document(made)
        return
    session.output.line(f"{made['id']}  {made['name']}")
    session.output.fields({"patterns": " ".join(made["patterns"]), "proof": made["proof"]})


COMMANDS = (owners,)
