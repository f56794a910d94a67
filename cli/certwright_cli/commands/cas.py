"""Accounts at CAs."""

from pathlib import Path
from urllib.parse import quote

import click

from certwright_cli.base import Group, Json, Session, pass_session
from certwright_cli.commands.certificates import FILE, WAIT_SECONDS, confirm, seconds_option
from certwright_cli.errors import usage_error
from certwright_cli.exits import Exit
from certwright_cli.files import read_text
from certwright_cli.moves import show_move, wait_until_moved
from certwright_cli.output import warning
from certwright_cli.views import show_problem
from certwright_cli.waiting import Patience, read_patiently, wait_until

KEY = click.option(
    "--key", type=click.Choice(["plain", "kms"]), help="Where the account's key is: stored encrypted, or only in KMS."
)
STAGING = click.option("--staging", metavar="NAME", help="The account that dry runs are made with in its place.")
LIMITS = click.option("--limits", help="What the CA allows, such as “orders=300/3h domain=50/7d”.")


@click.group(cls=Group)
def cas() -> None:
    """Accounts at CAs. Changing them is for operators."""


@cas.command("list")
@pass_session
def list_cas(session: Session) -> None:
    """List the accounts, the deployment's own first."""
    found = session.api.get("/v1/cas")
    if session.output.is_json:
        session.output.document(found)
        return
    rows = [(item["name"], _state(item), item["directory"], item["profile"]) for item in found["items"]]
    session.output.table(("NAME", "STATE", "DIRECTORY", "PROFILE"), rows, state_at=1)


def _state(item: Json) -> str:
    if item["problem"]:
        return "failed"
    return "waiting" if not item["settled"] else "deactivated" if item["deactivated"] else "ok"


@cas.command()
@click.argument("name")
@pass_session
def show(session: Session, name: str) -> None:
    """Show an account, with what its CA offers now."""
    _show(session, session.api.get(_path(name)))


@cas.command()
@click.argument("name")
@click.argument("directory")
@click.option("--contact", default="", help="An email address for the CA.")
@click.option("--terms-agreed", is_flag=True, help="You agree to the CA's terms.")
@click.option("--profile", default="", help="The profile of requests that name none.")
@click.option("--eab-kid", default="", help="External account binding: the key's id.")
@click.option("--eab-hmac-file", type=FILE, help="External account binding: a file with the HMAC key, base64url.")
@click.option("--private", "is_private", is_flag=True, help="A CA for names that are not under a public suffix.")
@KEY
@STAGING
@LIMITS
@pass_session
def add(
    session: Session,
    *,
    name: str,
    directory: str,
    contact: str,
    terms_agreed: bool,
    profile: str,
    eab_kid: str,
    eab_hmac_file: Path | None,
    is_private: bool,
    key: str | None,
    staging: str | None,
    limits: str | None,
) -> None:
    """Have an account made: DIRECTORY is a name such as letsencrypt, zerossl or self-signed, or a URL.

    self-signed is the test CA that is built in: it issues at once, whatever is asked for, and nobody trusts it.

    The HMAC key comes from a file: other users of a machine can read command lines.
    """
    fields = {
        "contact": contact,
        "terms_agreed": terms_agreed,
        "profile": profile,
        "eab_kid": eab_kid,
        "eab_hmac": read_text(eab_hmac_file).strip() if eab_hmac_file else "",
        "key": key,
        "staging": staging,
        "limits": limits,
    }
    body: Json = {"name": name, "directory": directory, **{key: value for key, value in fields.items() if value}}
    _show(session, session.api.post("/v1/cas", {**body, **({"public": False} if is_private else {})}))


@cas.command()
@click.argument("name")
@click.option("--contact", help="An email address for the CA; empty for none.")
@click.option("--profile", help="The profile of requests that name none; empty for the CA's default.")
@KEY
@STAGING
@LIMITS
@click.option("--terms-agreed", is_flag=True, help="You agree to the terms that the CA has now.")
@pass_session
def change(session: Session, /, *, name: str, terms_agreed: bool, **given: str | None) -> None:
    """Change an account; what is left out stays. Another place for its key means another key."""
    changes: Json = {field: value for field, value in given.items() if value is not None}
    if terms_agreed:
        changes["terms_agreed"] = True
    if not changes:
        raise usage_error("Nothing to change: give at least one option.")
    _show(session, session.api.change(_path(name), changes))


@cas.command()
@click.argument("name")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@pass_session
def rollover(session: Session, name: str, is_sure: bool) -> None:
    """Replace an account's key, as after it may have been seen."""
    if not is_sure:
        confirm(f"Replace the key of {name}?", lambda: session.api.get(_path(name)))
    _show(session, session.api.post(f"{_path(name)}/rollover"))


@cas.command()
@click.argument("name")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@pass_session
def delete(session: Session, name: str, is_sure: bool) -> None:
    """Give an account up for good: the CA is asked to deactivate it."""
    if not is_sure:
        confirm(f"Give up the account {name} for good?", lambda: session.api.get(_path(name)))
    _show(session, session.api.remove(_path(name)))


@cas.command("wait")
@click.argument("name")
@seconds_option(WAIT_SECONDS)
@pass_session
def wait_for_account(session: Session, name: str, timeout: int) -> None:
    """Wait until an account's CA was told everything; exit code 10 when it refused."""

    def look() -> tuple[str, Json | None]:
        seen = read_patiently(lambda: session.api.get(_path(name)))
        return (seen, None) if isinstance(seen, str) else ("not settled yet", seen)

    def is_done(seen: Json) -> bool:
        return bool(seen["settled"])

    settled = wait_until(session.output, look, is_done, Patience(timeout), name)
    _show(session, settled)
    if settled["problem"]:
        click.get_current_context().exit(Exit.MISSING)


@cas.command()
@click.argument("name")
@click.option("--to", default="", help="The account to ask from now on; left out: only tell how far the move is.")
@click.option("--reissue/--no-reissue", default=True, help="Replace what is issued at once, or when it is due.")
@click.option("--per-minute", type=click.IntRange(1, 600), help="Hand over so many a minute; 60 if left out.")
@click.option("--stop", "is_ended", is_flag=True, help="Hand over nothing more; what was moved stays.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@click.option("--wait", "is_waiting", is_flag=True, help="Wait until nothing depends on the old account any more.")
@seconds_option(WAIT_SECONDS)
@pass_session
def move(
    session: Session,
    *,
    name: str,
    to: str,
    reissue: bool,
    per_minute: int | None,
    is_ended: bool,
    is_sure: bool,
    is_waiting: bool,
    timeout: int,
) -> None:
    """Move all certificates of an account to another, or tell how far that is.

    Those that expire first go first. It goes on by itself, whether somebody waits or not, and until it is stopped
    requests for the old account go to the new one.
    """
    if is_ended:
        _end_move(session, name)
        return
    if to and not is_sure:
        question = f"Move all certificates of {name} to {to}{' and replace them now' if reissue else ''}?"
        confirm(question, lambda: session.api.get(_path(name)), lambda: session.api.get(_path(to)))
    if to:
        pace = {"per_minute": per_minute} if per_minute else {}
        moved = session.api.post(_move_path(name), {"to": to, "reissue": reissue, **pace})
    else:
        moved = session.api.get(_move_path(name))
    if is_waiting:
        moved = wait_until_moved(session.api, session.output, _move_path(name), Patience(timeout))
    show_move(session.output, moved)


def _end_move(session: Session, name: str) -> None:
    session.api.delete(_move_path(name))
    if session.output.is_json:
        session.output.document({"from": name, "ended": True})
    else:
        session.output.line(f"Nothing more of {name} is moved.")


def _move_path(name: str) -> str:
    return f"{_path(name)}/move"


def _path(name: str) -> str:
    return f"/v1/cas/{quote(name, safe='')}"


def _show(session: Session, account: Json) -> None:
    output = session.output
    if output.is_json:
        output.document(account)
        return
    output.line(account["name"])
    output.fields(
        {
            "state": _state(account),
            "directory": account["directory"],
            "contact": account["contact"],
            "terms": account["terms_of_service"],
            "EAB": account["eab_kid"],
            "profile": account["profile"],
            "profiles": " ".join(account["profiles"] or []),
            "account": account["account_url"],
            "key": account.get("key"),
            "dry runs": account.get("staging"),
            "limits": account.get("limits"),
        }
    )
    if account.get("untrusted"):
        output.line("Nobody trusts what it issues: it is for tests.")
    if account["terms_changed"]:
        output.line(warning("The CA has new terms: read them, then agree by `cas change … --terms-agreed`."))
    if account["problem"]:
        show_problem(output, account["problem"])


COMMANDS = (cas,)
