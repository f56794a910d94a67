"""Certificates: request, list, show, delete, revoke."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import uuid4

import click

from certwright_cli.base import Command, Json, Session, pass_session
from certwright_cli.errors import ApiProblem, usage_error
from certwright_cli.exits import Exit
from certwright_cli.files import read_text
from certwright_cli.output import day
from certwright_cli.views import show_certificate, show_issued
from certwright_cli.waiting import Patience, has_version, wait_for

WAIT_SECONDS = 1800

FILE = click.Path(path_type=Path)
REASONS = ("unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation")
REASON = click.Choice(REASONS)
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
@click.option("--key-type", default="", help="ec-p256 (if left out), ec-p384, rsa-2048, rsa-3072 or rsa-4096.")
@click.option("--reuse-key", is_flag=True, help="Renew with the same key; a new one each time if left out.")
@click.option("--csr", type=FILE, help="A PEM certificate request for exactly these names: the key stays yours.")
@click.option("--profile", default="", help="A profile that the CA offers.")
@click.option("--ca", "cas", multiple=True, help="A CA account of `cas list`. Repeated: accounts to ask in turn.")
@click.option("--preferred-chain", default="", help="The common name of the root that the chain should end at.")
@owner_option
@click.option("--idempotency-key", default="", help="The same key and request give the same certificate for 24 hours.")
@click.option("--dry-run", is_flag=True, help="Issue at the CA's staging, and keep nothing but how it went, for a day.")
@click.option(
    "--rehearse-days",
    type=click.IntRange(0, 60),
    help="Try renewals out so many days before, 0 for never; as the deployment has it if left out.",
)
@click.option("--wait", "is_waiting", is_flag=True, help="Wait until it is issued, naming what is missing.")
@seconds_option(WAIT_SECONDS)
@pass_session
def request(
    session: Session,
    *,
    names: tuple[str, ...],
    challenges: tuple[str, ...],
    key_type: str,
    reuse_key: bool,
    csr: Path | None,
    profile: str,
    cas: tuple[str, ...],
    preferred_chain: str,
    owner: str,
    idempotency_key: str,
    dry_run: bool,
    rehearse_days: int | None,
    is_waiting: bool,
    timeout: int,
) -> None:
    """Request a certificate for NAMES, and print the records to add.

    A name like *.example.com is a wildcard: quote it, or the shell may replace it.
    """
    fields = {
        "challenge": _challenge(challenges),
        "key_type": key_type,
        "reuse_key": reuse_key,
        "csr": read_text(csr) if csr else "",
        "profile": profile,
        "ca": cas[0] if len(cas) == 1 else "",
        "cas": list(cas) if len(cas) > 1 else [],
        "preferred_chain": preferred_chain,
        "owner": owner,
        "dry_run": dry_run,
    }
    body: Json = {"names": list(names), **{name: value for name, value in fields.items() if value}}
    if rehearse_days is not None:
        body["rehearse_days"] = rehearse_days
    made = session.api.request_certificate(body, idempotency_key or uuid4().hex)
    if not is_waiting:
        show_certificate(session.output, made)
        return
    if not session.output.is_json:
        show_certificate(session.output, made)
        session.output.line()
    if dry_run:
        _await_verdict(session, made["id"], timeout)
        return
    issued = wait_for(session.api, session.output, made["id"], has_version(1), Patience(timeout, is_nudging=True))
    show_issued(session.output, issued)


def _await_verdict(session: Session, certificate_id: str, timeout: int) -> None:
    """Wait until a dry run has ended; one that failed has an exit code of its own."""
    patience = Patience(timeout, is_nudging=True)
    ended = wait_for(session.api, session.output, certificate_id, lambda seen: bool(seen["verdict"]), patience)
    show_certificate(session.output, ended)
    if not ended["verdict"]["passed"]:
        click.get_current_context().exit(Exit.MISSING)


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
    session.output.table(("ID", "STATE", "CHALLENGE", "EXPIRES", "RENEWAL", "NAMES"), rows, state_at=1)
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
    show_certificate(session.output, session.api.read_certificate(session.certificate_id(certificate)))


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
        confirm(f"Delete {certificate} with all its versions and keys?", lambda: session.api.read_certificate(id))
    seen = session.api.delete_certificate(id)
    if is_waiting:
        seen = _wait_until_gone(session, id, timeout) or seen
    if session.output.is_json:
        session.output.document(seen)
    else:
        session.output.line(f"{id} is deleted." if is_waiting else f"{id} is being deleted.")


def confirm(question: str, *looks: Callable[[], object]) -> None:
    """Ask somebody, who may refuse; raises `CliError` where nobody is there.

    `looks` read what the question is about, and raise `CliError` for what is not there to be asked about.
    """
    if not sys.stdin.isatty():
        raise usage_error(f"{question} Nobody is there to answer: add --yes.")
    for look in looks:
        look()
    click.confirm(question, abort=True, err=True)


def _wait_until_gone(session: Session, certificate_id: str, timeout: int) -> Json | None:
    try:
        return wait_for(session.api, session.output, certificate_id, lambda _: False, Patience(timeout))
    except ApiProblem as error:
        if error.status == 404:
            return None
        raise


@click.command(cls=Command)
@certificate_argument
@click.option("--reason", type=REASON, help="What the CA shall say; unspecified if left out.")
@click.option("--version", "number", type=click.IntRange(1), help="An earlier version; the current one if left out.")
@click.option("--reissue/--no-reissue", default=None, help="Have another issued for it at once, or not.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@pass_session
def revoke(
    session: Session, *, certificate: str, reason: str | None, number: int | None, reissue: bool | None, is_sure: bool
) -> None:
    """Have the CA revoke a version: clients that look will refuse it. It can't be undone.

    Another is issued at once, unless the reason is cessationOfOperation. After keyCompromise the key is never used
    again.
    """
    id = session.certificate_id(certificate)
    if not is_sure:
        what = f"version {number}" if number else "the current version"
        confirm(f"Revoke {what} of {certificate} for good?", lambda: session.api.read_certificate(id))
    fields = {"reason": reason, "version": number, "reissue": reissue}
    body = {name: value for name, value in fields.items() if value is not None}
    seen = session.api.post(f"/v1/certificates/{quote(id, safe='')}/revoke", body)
    if session.output.is_json:
        session.output.document(seen)
    else:
        session.output.line(f"{id}: the CA is asked to revoke it; `certwright show {id}` tells when it is done.")


@click.command("revoke-with-key", cls=Command)
@click.argument("certificate_file", metavar="CERTIFICATE.pem", type=FILE)
@click.argument("key_file", metavar="KEY.pem", type=FILE)
@click.option("--reason", type=REASON, help="keyCompromise if left out.")
@pass_session
def revoke_with_key(session: Session, certificate_file: Path, key_file: Path, reason: str | None) -> None:
    """Revoke any certificate of the deployment's CA whose private key you have: one that was found somewhere.

    The key is sent to the deployment, which keeps neither. Your certificates that have this key now are revoked and
    issued anew.
    """
    files = {"certificate": read_text(certificate_file), "private_key": read_text(key_file)}
    done = session.api.post("/v1/revocations", {**files, **({"reason": reason} if reason else {})})
    if session.output.is_json:
        session.output.document(done)
    else:
        session.output.line(f"{certificate_file} is revoked.")
        for id in done.get("certificates") or []:
            session.output.line(f"{id} has this key too: it is revoked and issued anew.")


COMMANDS = (request, list_certificates, show, delete, revoke, revoke_with_key)
