"""Offboarding: a domain, an owner or the whole deployment, with nothing left behind."""

import time
from collections.abc import Callable
from typing import Any, TypedDict, TypeVar, Unpack

import click

from certwright_cli.base import Group, Json, Session, pass_session
from certwright_cli.commands.certificates import confirm, owner_option, seconds_option
from certwright_cli.errors import CliError
from certwright_cli.exits import Exit
from certwright_cli.output import Output, clean
from certwright_cli.records import zone_line
from certwright_cli.waiting import Progress

PAUSE_SECONDS = 2.0
WAIT_SECONDS = 900

revoke_option = click.option("--revoke", is_flag=True, help="Have the current versions revoked first.")

F = TypeVar("F", bound=Callable[..., Any])


class Care(TypedDict):
    """How carefully it is done: shown only, asked about or not, and for how many seconds it is gone on with."""

    is_dry: bool
    is_sure: bool
    timeout: int


def care_options(command: F) -> F:
    """Offer --dry, --yes and --timeout."""
    dry = click.option("--dry", "is_dry", is_flag=True, help="Show what would go, and change nothing.")
    yes = click.option("--yes", "is_sure", is_flag=True, help="Don't ask.")
    return dry(yes(seconds_option(WAIT_SECONDS)(command)))


@click.group(cls=Group)
def offboard() -> None:
    """Take a domain, an owner or everything out of the deployment, for good. For admins.

    What would go is shown first, with the DNS records to remove by hand afterwards.
    """


@offboard.command()
@click.argument("name", metavar="DOMAIN")
@owner_option
@revoke_option
@care_options
@pass_session
def domain(session: Session, *, name: str, owner: str, revoke: bool, **care: Unpack[Care]) -> None:
    """Delete all certificates that name a domain or one below it, its delegations, and zones nothing else needs."""
    wish = {"scope": "domain", "domain": name, "revoke": revoke, **({"owner": owner} if owner else {})}
    _offboard(session, wish, f"the domain {name}", **care)


@offboard.command()
@click.argument("owner_id", metavar="ID")
@revoke_option
@care_options
@pass_session
def owner(session: Session, *, owner_id: str, revoke: bool, **care: Unpack[Care]) -> None:
    """Delete an owner's certificates, delegations, zones and tokens; the owner stays, and is not active."""
    wish = {"scope": "owner", "owner": owner_id, "revoke": revoke}
    _offboard(session, wish, f"the owner {owner_id}", **care)


@offboard.command()
@revoke_option
@click.option("--deactivate-cas", is_flag=True, help="Give the accounts at CAs up for good in the end.")
@care_options
@pass_session
def deployment(session: Session, *, revoke: bool, deactivate_cas: bool, **care: Unpack[Care]) -> None:
    """Delete everything of every owner, before the stack is deleted; your own token stays."""
    wish = {"scope": "deployment", "revoke": revoke, "deactivate_cas": deactivate_cas}
    _offboard(session, wish, f"all of {session.api.url}", **care)


def _offboard(session: Session, wish: Json, what: str, **care: Unpack[Care]) -> None:
    plan = session.api.post("/v1/offboard", wish)
    if not session.output.is_json:
        _show_plan(session.output, plan)
    if care["is_dry"] or plan["done"]:
        session.output.document(plan) if session.output.is_json else _show_rest(session.output, plan)
        return
    if not care["is_sure"]:
        confirm(f"Offboard {what} for good?")
    left = _carry_out(session, wish, plan, care["timeout"])
    if session.output.is_json:
        session.output.document({**left, "records": plan["records"]})
        return
    session.output.line("Nothing is left of it.")
    _show_rest(session.output, {**left, "records": plan["records"]})


def _carry_out(session: Session, wish: Json, plan: Json, seconds: int) -> Json:
    """Ask again until nothing is left; what this stops at is gone on with by the next run."""
    progress, deadline = Progress(session.output), time.monotonic() + seconds
    try:
        while True:
            left = session.api.post("/v1/offboard", {**wish, "confirm": plan["confirm"]})
            if left["done"]:
                return left
            progress.show(f"{left['certificates_total']} certificates, {len(left['zones'])} zones left")
            if time.monotonic() + PAUSE_SECONDS > deadline:
                raise CliError("It takes longer: run the same again to go on.", Exit.TIMED_OUT, "timed-out")
            time.sleep(PAUSE_SECONDS)
    finally:
        progress.clear()


def _show_plan(output: Output, plan: Json) -> None:
    rows = [
        (
            item["id"],
            item["state"],
            " ".join(item["names"]) + (" …" if item["names_total"] > len(item["names"]) else ""),
        )
        for item in plan["certificates"]
    ]
    if rows:
        output.table(("CERTIFICATE", "STATE", "NAMES"), rows)
    output.fields(
        {
            "certificates": plan["certificates_total"] or "none",
            "revoked first": "yes" if plan["revoked"] else "no",
            "delegations": " ".join(item["domain"] for item in plan["delegations"]),
            "zones": " ".join(item["origin"] for item in plan["zones"]),
            "owners": " ".join(plan["owners"]),
            "tokens": " ".join(plan["tokens"]),
            "CA accounts": " ".join(plan["cas"]),
        }
    )
    for sentence in plan["kept"]:
        output.line(f"  {clean(sentence)}")


def _show_rest(output: Output, plan: Json) -> None:
    """Print what is to be done by hand."""
    for title, records in (
        ("Remove these records at your DNS provider, as far as they stand:", plan["records"]),
        ("Still seen at the last look, of what was deleted before:", plan["left_over"]),
    ):
        if records:
            output.line()
            output.line(title)
            output.line()
            for record in records:
                output.line(f"  {zone_line(record)}")
    if plan["retained"]:
        output.line()
        output.line("Stays in AWS when the stack is deleted:")
        output.line()
        output.table(
            ("RESOURCE", "HOLDS"), [(item["resource"], item["holds"]) for item in plan["retained"]], indent="  "
        )


COMMANDS = (offboard,)
