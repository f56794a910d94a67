"""Messages that failed again and again."""

import click

from certwright_cli.base import Group, Session, pass_session
from certwright_cli.output import day


@click.group("dead-letters", cls=Group)
def dead_letters() -> None:
    """Messages that failed again and again. For operators."""


@dead_letters.command("list")
@pass_session
def list_dead_letters(session: Session) -> None:
    """List them, oldest first. They stay."""
    found = session.api.get("/v1/dead-letters")
    if session.output.is_json:
        session.output.document(found)
        return
    rows = [
        (item["kind"], day(item["sent_at"]), "yes" if item["redrivable"] else "no", item["about"])
        for item in found["items"]
    ]
    session.output.table(("KIND", "SENT", "CAN BE SENT AGAIN", "ABOUT"), rows)


@dead_letters.command()
@click.option("--discard", is_flag=True, help="Throw away what can't be sent again.")
@pass_session
def redrive(session: Session, *, discard: bool) -> None:
    """Send all work among them again. First mend what made it fail, or it comes back."""
    done = session.api.post("/v1/dead-letters/redrive", {"discard": discard})
    if session.output.is_json:
        session.output.document(done)
        return
    session.output.line(f"Sent again: {done['sent']}. Thrown away: {done['discarded']}. Left: {done['left']}.")


COMMANDS = (dead_letters,)
