"""Delegations: the standing CNAMEs by which domains let Certwright answer for them."""

import click

from certwright_cli.base import Group, Json, Session, pass_session
from certwright_cli.commands.certificates import confirm, owner_option
from certwright_cli.exits import Exit
from certwright_cli.output import clean, day, state
from certwright_cli.records import show_records
from certwright_cli.views import show_problem


@click.group(cls=Group)
def delegations() -> None:
    """The standing CNAMEs by which domains let Certwright answer for them."""


@delegations.command("list")
@owner_option
@pass_session
def list_delegations(session: Session, owner: str) -> None:
    """List delegations, and deleted ones whose CNAME may be left over."""
    found = session.api.list_delegations(owner)
    if session.output.is_json:
        session.output.document(found)
        return
    rows = [
        (item["domain"], item["state"], str(len(item["certificates"])), day(item["last_seen_at"]), item["id"])
        for item in found["items"]
    ]
    session.output.table(("DOMAIN", "STATE", "CERTIFICATES", "LAST SEEN", "ID"), rows)


@delegations.command()
@click.argument("domain")
@owner_option
@pass_session
def add(session: Session, domain: str, owner: str) -> None:
    """Prepare a domain's records, so that they can be added before a certificate is requested. Again is fine."""
    body = {"domain": domain, **({"owner": owner} if owner else {})}
    _show(session, session.api.post("/v1/delegations", body))


@delegations.command()
@click.argument("domain")
@owner_option
@pass_session
def check(session: Session, domain: str, owner: str) -> None:
    """Look now where a domain leads; exit code 10 when not to its target, or when a CNAME is left over."""
    seen = session.api.check_delegation(domain, owner)
    _show(session, seen)
    if seen["state"] not in ("stands", "deleted"):
        click.get_current_context().exit(Exit.MISSING)


@delegations.command()
@click.argument("domain")
@owner_option
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_session
def delete(session: Session, domain: str, owner: str, yes: bool) -> None:
    """Give a delegation up; refused while certificates need it. Remove its CNAME then."""
    if not yes:
        confirm(f"Give up the delegation of {domain}?")
    _show(session, session.api.delete_delegation(domain, owner))


def _show(session: Session, delegation: Json) -> None:
    output = session.output
    if output.is_json:
        output.document(delegation)
        return
    output.line(f"{clean(delegation['domain'])}  {state(delegation['state'])}")
    output.fields(
        {
            "owner": delegation["owner"],
            "leads to": delegation["target"],
            "last seen": delegation["last_seen_at"],
            "certificates": " ".join(delegation["certificates"]),
        }
    )
    problem = delegation["problem"]
    if problem:
        show_problem(output, problem)
    if delegation["records"]:
        output.line()
        show_records(output, delegation["records"], {problem["subject"]: problem["code"]} if problem else None)


COMMANDS = (delegations,)
