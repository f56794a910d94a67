"""Watching a certificate: wait, check, events."""

from collections.abc import Callable

import click

from certwright_cli.base import Command, Json, Session, pass_session
from certwright_cli.commands.certificates import WAIT_SECONDS, certificate_argument, seconds_option
from certwright_cli.errors import CliError
from certwright_cli.exits import Exit
from certwright_cli.records import problems_of
from certwright_cli.views import show_checks, show_issued
from certwright_cli.waiting import Patience, has_version, wait_for

CHECK_SECONDS = 90
QUIET_SECONDS = 15
"""For a new look at an issued certificate, which the server may not take before the renewal is near."""
NOT_NOW = (
    "{id} is issued, and the server looks at its records again when the renewal is near, not now: "
    "`certwright check {id} --last` shows the last look."
)


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
    """Press “check now” and wait for a look that is newer; raises `CliError` where none comes."""
    session.api.check_certificate(before["id"])
    is_quiet = before["state"] == "issued" and not before["problem"]
    patience = Patience(min(timeout, QUIET_SECONDS) if is_quiet else timeout)
    try:
        return wait_for(session.api, session.output, before["id"], _is_newer_than(before), patience)
    except CliError as error:
        if is_quiet and error.exit_code == Exit.TIMED_OUT:
            raise CliError(NOT_NOW.format(id=before["id"]), Exit.TIMED_OUT, "timed-out") from error
        raise


def _is_newer_than(before: Json) -> Callable[[Json], bool]:
    return lambda seen: bool(seen["checked_at"] and seen["checked_at"] != before["checked_at"])


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
