"""Watching a certificate: wait, check, events."""

import click

from certwright_cli.base import Command, Json, Session, pass_session
from certwright_cli.commands.certificates import WAIT_SECONDS, certificate_argument, seconds_option
from certwright_cli.exits import Exit
from certwright_cli.records import problems_of
from certwright_cli.views import show_checks, show_issued
from certwright_cli.waiting import Patience, has_version, wait_for

CHECK_SECONDS = 90


@click.command(cls=Command)
@certificate_argument
@click.option("--version", "number", type=click.IntRange(1), default=1, help="Wait for this version or a later one.")
@click.option("--check", "is_nudging", is_flag=True, help="While records are missing, have them looked at every 15 s.")
@seconds_option(WAIT_SECONDS)
@pass_session
def wait(session: Session, certificate: str, number: int, is_nudging: bool, timeout: int) -> None:
    """Wait until a certificate is issued, telling what it waits for."""
    id = session.certificate_id(certificate)
    patience = Patience(timeout, is_nudging)
    show_issued(session.output, wait_for(session.api, session.output, id, has_version(number), patience))


@click.command(cls=Command)
@certificate_argument
@click.option("--last", "is_last", is_flag=True, help="Show the last look instead of having a new one.")
@seconds_option(CHECK_SECONDS)
@pass_session
def check(session: Session, certificate: str, is_last: bool, timeout: int) -> None:
    """Look at every record of a certificate now; exit code 10 when something is missing or broken."""
    seen = session.api.read_certificate(session.certificate_id(certificate))
    if not is_last:
        seen = _look_again(session, seen, timeout)
    problems = problems_of(seen)
    if session.output.is_json:
        session.output.document(seen)
    else:
        show_checks(session.output, seen, problems)
    if problems or not seen["checks"]:
        click.get_current_context().exit(Exit.MISSING)


def _look_again(session: Session, before: Json, timeout: int) -> Json:
    """Press “check now” and wait for a look that is newer."""
    session.api.check_certificate(before["id"])
    return wait_for(
        session.api,
        session.output,
        before["id"],
        lambda seen: bool(seen["checked_at"] and seen["checked_at"] != before["checked_at"]),
        Patience(timeout),
    )


@click.command(cls=Command)
@certificate_argument
@pass_session
def events(session: Session, certificate: str) -> None:
    """List what happened to a certificate, newest first."""
    found = session.api.list_events(session.certificate_id(certificate))
    if session.output.is_json:
        session.output.document(found)
        return
    rows = [(item["at"], item["state"], item["reason"], item["message"]) for item in found["items"]]
    session.output.table(("AT", "STATE", "REASON", "MESSAGE"), rows)


COMMANDS = (wait, check, events)
