"""Tokens: who may call the API, for which owner, in which role."""

import os
from pathlib import Path

import click

from certwright_cli.base import Group, Session, pass_session
from certwright_cli.errors import usage_error
from certwright_cli.files import NewFile, explaining, replace_file
from certwright_cli.output import day


@click.group(cls=Group)
def tokens() -> None:
    """Who may call the API, for which owner, in which role. For admins."""


@tokens.command("list")
@pass_session
def list_tokens(session: Session) -> None:
    """List the tokens, without their secrets."""
    found = session.api.get("/v1/tokens")
    if session.output.is_json:
        session.output.document(found)
        return
    rows = [
        (item["id"], item["owner"], item["role"], day(item["expires_at"]), item["label"]) for item in found["items"]
    ]
    session.output.table(("ID", "OWNER", "ROLE", "EXPIRES", "LABEL"), rows)


@tokens.command()
@click.option("--owner", required=True, help="The owner it acts for.")
@click.option("--role", required=True, help="viewer, requester, operator, key-reader or admin.")
@click.option("--label", default="", help="What it is for.")
@click.option("--days", type=click.IntRange(0, 3650), default=90, show_default=True, help="How long; 0 for ever.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the token to a new file that only you may read, not here."
)
@pass_session
def create(session: Session, *, owner: str, role: str, label: str, days: int, out: Path | None) -> None:
    """Make a token. Its text is shown this once, or written to --out."""
    if out:
        _check_place(out)
    made = session.api.post("/v1/tokens", {"owner": owner, "role": role, "label": label, "days": days})
    if out:
        replace_file(NewFile(out, f"{made.pop('token')}\n".encode()))
    if session.output.is_json:
        session.output.document(made)
    elif out:
        session.output.line(f"Token {made['id']} is in {out}.")
    else:
        session.output.note(f"Token {made['id']}; it is not shown again:")
        session.output.line(made["token"])


def _check_place(path: Path) -> None:
    """Refuse before the token is made what would be refused after it."""
    if path.exists():
        raise usage_error(f"--out: {path} exists already; it is not overwritten.")
    with explaining(path.parent):
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise usage_error(f"--out: no file can be made in {path.parent}.")


@tokens.command()
@click.argument("token_id", metavar="ID")
@pass_session
def delete(session: Session, token_id: str) -> None:
    """Delete a token; it is refused from the next request on."""
    session.api.delete_token(token_id)
    if session.output.is_json:
        session.output.document({"id": token_id, "deleted": True})
    else:
        session.output.line(f"Token {token_id} is deleted.")


COMMANDS = (tokens,)
