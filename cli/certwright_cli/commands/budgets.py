"""What is left of a CA's limits."""

import click

from certwright_cli.base import Command, Json, Session, pass_session
from certwright_cli.output import warning


@click.command(cls=Command)
@click.option("--ca", default="", help="An account of `cas list`; the deployment's own if left out.")
@pass_session
def budgets(session: Session, ca: str) -> None:
    """Show what is left of a CA's limits, and who waits for a place. For operators."""
    found = session.api.get("/v1/budgets", ca=ca)
    output = session.output
    if output.is_json:
        output.document(found)
        return
    output.line(f"{found['ca']}: {'renewals are exempt' if found['renewals_spared'] else 'renewals count too'}")
    rows = [
        (name, str(limit["at_once"]), f"{limit['one_more_every_seconds']:.0f} s")
        for name, limit in found["limits"].items()
    ]
    output.table(("LIMIT", "AT ONCE", "ONE MORE EVERY"), rows, indent="  ")
    if found["items"]:
        output.line()
        spent = [(item["limit"], item["subject"], *_standing(item)) for item in found["items"]]
        output.table(("LIMIT", "OF", "ROOM", "NEXT AT", "WAITING"), spent, indent="  ")
    for item in found["items"]:
        if item["closed_until"]:
            output.line(warning(f"Closed until {item['closed_until']} by the CA: {item['said'] or 'no reason given'}"))


def _standing(item: Json) -> tuple[str, str, str]:
    waiting = sum(owner["renewals"] + owner["requests"] for owner in item["waiting"])
    room = "-" if item["room"] is None else str(item["room"])
    return room, item["next_at"] or "-", str(waiting or "-")


COMMANDS = (budgets,)
