"""Certificates: request, list, show, wait, check, events, delete."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

import click

from certwright_cli.base import Command, Json, Session, pass_session
from certwright_cli.errors import ApiProblem, usage_error
from certwright_cli.exits import Exit
from certwright_cli.output import Output, day, state, warning
from certwright_cli.records import problems_of, show_records
from certwright_cli.waiting import Patience, has_version, wait_for

WAIT_SECONDS = 1800
CHECK_SECONDS = 90

certificate_argument = click.argument("certificate", metavar="CERTIFICATE")
owner_option = click.option("--owner", default="", help="For operators: the owner to act for.")


F = TypeVar("F", bound=Callable[..., Any])


def seconds_option(seconds: int) -> Callable[[F], F]:
    """Offer --timeout."""
    kind = click.IntRange(1, 7 * 86_400)
    return click.option("--timeout", type=kind, default=seconds, show_default=True, help="Wait so many seconds.")


@click.command(cls=Command)
@click.argument("names", nargs=-1, required=True)
@click.option(
    "--challenge",
    "challenges",
    multiple=True,
    metavar="TYPE|NAME=TYPE",
    help="dns-01 or http-01 for all names, or for one; chosen by the server if left out. May be repeated.",
)
@click.option("--key-type", default="", help="ec256 (if left out), ec384, rsa2048, rsa3072 or rsa4096.")
@click.option("--profile", default="", help="A profile that the CA offers.")
@owner_option
@click.option("--idempotency-key", default="", help="The same key and request give the same certificate for 24 hours.")
@click.option("--wait", "is_waiting", is_flag=True, help="Wait until it is issued, naming what is missing.")
@seconds_option(WAIT_SECONDS)
@pass_session
def request(
    session: Session,
    *,
    names: tuple[str, ...],
    challenges: tuple[str, ...],
    key_type: str,
    profile: str,
    owner: str,
    idempotency_key: str,
    is_waiting: bool,
    timeout: int,
) -> None:
    """Request a certificate for NAMES, and print the records to add.

    A name like *.example.com is a wildcard: quote it, or the shell may replace it.
    """
    fields = {"challenge": _challenge(challenges), "key_type": key_type, "profile": profile, "owner": owner}
    body = {"names": list(names), **{name: value for name, value in fields.items() if value}}
    made = session.api.request_certificate(body, idempotency_key or uuid4().hex)
    if not is_waiting:
        _show(session.output, made)
        return
    if not session.output.is_json:
        _show(session.output, made)
        session.output.line()
    issued = wait_for(session.api, session.output, made["id"], has_version(1), Patience(timeout, is_nudging=True))
    _show_issued(session.output, issued)


def _challenge(given: tuple[str, ...]) -> str | dict[str, str]:
    """Shape the wish as the API takes it; what the types may be is the server's to say."""
    pairs = dict(item.split("=", 1) for item in given if "=" in item)
    single = [item for item in given if "=" not in item]
    if (pairs and single) or len(single) > 1:
        raise usage_error("--challenge: give one type for all names, or NAME=TYPE for some.")
    return single[0] if single else pairs or ""


@click.command("list", cls=Command)
@click.option("--limit", type=click.IntRange(0), default=100, show_default=True, help="So many at most; 0 for all.")
@owner_option
@pass_session
def list_certificates(session: Session, limit: int, owner: str) -> None:
    """List certificates, newest first."""
    found = list(session.api.list_certificates(owner, limit))
    if session.output.is_json:
        session.output.document({"items": found})
        return
    rows = [
        (item["id"], item["state"], item["challenge"], day(item["expires_at"]), day(item["renew_at"]), _names(item))
        for item in found
    ]
    session.output.table(("ID", "STATE", "CHALLENGE", "EXPIRES", "RENEWAL", "NAMES"), rows)
    if limit and len(found) == limit:
        session.output.note(f"These are the newest {limit}; there may be more: --limit 0 lists all.")


def _names(item: Json) -> str:
    hidden = item["names_total"] - len(item["names"])
    return " ".join(item["names"]) + (f" +{hidden}" if hidden > 0 else "")


@click.command(cls=Command)
@certificate_argument
@pass_session
def show(session: Session, certificate: str) -> None:
    """Show a certificate: an id (crt_…), or a name that one of them has."""
    _show(session.output, session.api.read_certificate(session.certificate_id(certificate)))


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
    _show_issued(session.output, wait_for(session.api, session.output, id, has_version(number), patience))


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
        _show_checks(session.output, seen, problems)
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


def _show_checks(output: Output, seen: Json, problems: list[Json]) -> None:
    output.line(f"{seen['id']}  {state(seen['state'])}, looked at {seen['checked_at'] or 'not yet'}")
    rows = [
        (item["identifier"], "ok" if item["stands"] else (item["problem"] or {}).get("code", "broken"))
        for item in seen["checks"]
    ]
    output.table(("IDENTIFIER", "STATE"), rows, indent="  ")
    for problem in problems:
        show_problem(output, problem)
    if problems and seen["records"]:
        output.line()
        output.line("Records that must stand:")
        show_records(output, seen["records"], problems)


def show_problem(output: Output, problem: Json) -> None:
    """Print what is wrong, who must act, and the evidence."""
    output.line()
    output.line(warning(problem["message"]))
    evidence = {"at": problem["subject"], "wanted": problem["wanted"], "found": problem["found"]}
    output.fields({**evidence, "code": problem["code"], "who acts": problem["actor"], "the CA": problem["ca_problem"]})


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


@click.command(cls=Command)
@certificate_argument
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@click.option("--wait", "is_waiting", is_flag=True, help="Wait until it is gone.")
@seconds_option(WAIT_SECONDS)
@pass_session
def delete(session: Session, certificate: str, is_sure: bool, is_waiting: bool, timeout: int) -> None:
    """Delete a certificate with its keys. It is not revoked: what was handed out stays valid until it expires."""
    id = session.certificate_id(certificate)
    if not is_sure:
        _ask(f"Delete {certificate} with all its versions and keys?")
    seen = session.api.delete_certificate(id)
    if is_waiting:
        seen = _wait_until_gone(session, id, timeout) or seen
    if session.output.is_json:
        session.output.document(seen)
    else:
        session.output.line(f"{id} is deleted." if is_waiting else f"{id} is being deleted.")


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise usage_error(f"{question} Nobody is there to answer: add --yes.")
    click.confirm(question, abort=True, err=True)


def _wait_until_gone(session: Session, certificate_id: str, timeout: int) -> Json | None:
    try:
        return wait_for(session.api, session.output, certificate_id, lambda _: False, Patience(timeout))
    except ApiProblem as error:
        if error.status == 404:
            return None
        raise


def _show_issued(output: Output, certificate: Json) -> None:
    if output.is_json:
        output.document(certificate)
        return
    current = certificate["current"]
    output.line(f"{certificate['id']}  {state(certificate['state'])}, version {current['version']}")
    output.fields({"names": " ".join(current["names"]), "valid until": current["not_after"], **_renewal(certificate)})


def _renewal(certificate: Json) -> dict[str, object]:
    return {"renewal": certificate["renew_at"], "the CA's reason": certificate["renewal_explanation_url"]}


def _show(output: Output, certificate: Json) -> None:
    if output.is_json:
        output.document(certificate)
        return
    output.line(f"{certificate['id']}  {state(certificate['state'])}")
    output.fields(_fields(certificate))
    problem = certificate["problem"]
    if problem:
        show_problem(output, problem)
    elif certificate["message"]:
        output.line(f"  {certificate['message']}")
    if certificate["records"]:
        output.line()
        output.line("Records that must stand, once and for good:")
        output.line()
        show_records(output, certificate["records"], problems_of(certificate))


def _fields(certificate: Json) -> Json:
    current = certificate["current"] or {}
    issued = {
        "version": current.get("version"),
        "serial": current.get("serial"),
        "issuer": current.get("issuer"),
        "valid until": current.get("not_after"),
    }
    return {
        "names": " ".join(certificate["names"]),
        "left out": " ".join(certificate["dropped_names"]),
        "challenge": certificate["challenge_reason"],
        "key": certificate["key_type"],
        "profile": certificate["profile"],
        "CA": certificate["ca"],
        "owner": certificate["owner"],
        **issued,
        **_renewal(certificate),
        "failed": certificate["failed_attempts"] or None,
        "next look": certificate["next_look_at"],
    }


COMMANDS = (request, list_certificates, show, wait, check, events, delete)
