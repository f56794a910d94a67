"""The records of a certificate or zone: in other tools' forms, and added at a DNS provider."""

import os
import sys

import click

from certwright_cli.base import Command, Json, Session, pass_session
from certwright_cli.errors import usage_error
from certwright_cli.exits import Exit
from certwright_cli.output import clean
from certwright_cli.records import show_records

FORMATS = ("bind", "terraform", "terraform-cloudflare", "route53", "json")
PROVIDERS = ("route53", "cloudflare")
TOKEN_VARIABLE = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - a variable's name
_DONE = ("added", "stands")


@click.command(cls=Command)
@click.argument("reference", metavar="CERTIFICATE|ZONE")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Lines of a zone file, Terraform, a change batch.")
@click.option("--missing", "is_missing_only", is_flag=True, help="Only those that the last look did not find in order.")
@click.option("--domain", default="", help="Only those at this name and below it.")
@click.option("--add", "provider", type=click.Choice(PROVIDERS), help="Add the missing ones there; changes no others.")
@pass_session
def records(
    session: Session, *, reference: str, form: str | None, is_missing_only: bool, domain: str, provider: str | None
) -> None:
    """Print the records of a certificate, or of a zone (zon_…), in a form that other tools take; or have them added.

    Route 53 is written to by the deployment, in the hosted zones that an operator named. For Cloudflare an API token
    is taken from CLOUDFLARE_API_TOKEN, from standard input, or asked for; it is used once and not kept. Exit code 10
    when a record could not be added.
    """
    if provider:
        if form or is_missing_only or domain:
            raise usage_error("--add adds all that is missing, and takes no other option.")
        _add(session, reference, provider)
        return
    query = {"missing": "true" if is_missing_only else "", "domain": domain}
    if reference.startswith("zon_"):
        if is_missing_only or domain:
            raise usage_error("--missing and --domain are for certificates.")
        path = f"/v1/zones/{reference}/records"
    else:
        path = f"/v1/certificates/{session.certificate_id(reference)}/records"
    if form and form != "json":
        _print(session, form, session.api.read_text(path, format=form, **query))
        return
    found = session.api.get(path, **query)
    if session.output.is_json or form:
        session.output.document(found)
    else:
        show_records(session.output, found["records"])


def _print(session: Session, form: str, text: str) -> None:
    if session.output.is_json:
        session.output.document({"format": form, "text": text})
        return
    for line in text.splitlines():
        session.output.line(clean(line))


def _add(session: Session, reference: str, provider: str) -> None:
    body = {"provider": provider, **({"token": _read_token()} if provider == "cloudflare" else {})}
    items = session.api.post(f"/v1/certificates/{session.certificate_id(reference)}/records/add", body)["items"]
    if session.output.is_json:
        session.output.document({"items": items})
    elif not items:
        session.output.line("Nothing is missing.")
    else:
        _show(session, items)
    if any(item["outcome"] not in _DONE for item in items):
        click.get_current_context().exit(Exit.MISSING)


def _show(session: Session, items: list[Json]) -> None:
    rows = [(item["outcome"], item["type"], item["name"], item["value"]) for item in items]
    session.output.table(("OUTCOME", "TYPE", "NAME", "VALUE"), rows, state_at=0)
    for item in items:
        if item["outcome"] not in _DONE:
            found = f" Found: {', '.join(item['found'])}." if item["found"] else ""
            session.output.line(f"  {clean(item['name'])}: {clean(item['message'] + found)}")


def _read_token() -> str:
    """Read Cloudflare's token where no other user of the machine sees it; raises `CliError`."""
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        piped = not sys.stdin.isatty()
        token = sys.stdin.readline(10_000) if piped else click.prompt("Cloudflare API token", hide_input=True, err=True)
    token = token.strip()
    if not token.isascii() or not token.isprintable() or " " in token or not token:
        raise usage_error(f"Give a Cloudflare API token by {TOKEN_VARIABLE} or on standard input.")
    return token


COMMANDS = (records,)
