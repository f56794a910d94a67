"""Zones: the delegated sub-domains in which Certwright answers."""

import click

from certwright_cli.base import Group, Json, Session, pass_session
from certwright_cli.errors import usage_error
from certwright_cli.exits import Exit
from certwright_cli.output import day
from certwright_cli.records import show_records
from certwright_cli.views import show_problem


@click.group(cls=Group)
def zones() -> None:
    """The delegated sub-domains in which Certwright answers."""


@zones.command("list")
@pass_session
def list_zones(session: Session) -> None:
    """List your zones and shared ones."""
    found = session.api.get("/v1/zones")
    if session.output.is_json:
        session.output.document(found)
        return
    rows = [
        (item["id"], item["origin"], item["name_server"], _kind(item), day(item["last_used_at"]))
        for item in found["items"]
    ]
    session.output.table(("ID", "ORIGIN", "NAME SERVER", "STATE", "LAST USED"), rows)


def _kind(zone: Json) -> str:
    return "retiring" if zone["retiring"] else "shared" if zone["shared"] else "own"


@zones.command()
@click.argument("zone")
@pass_session
def show(session: Session, zone: str) -> None:
    """Show a zone, by its id (zon_…) or origin, with the records that delegate it."""
    _show(session, session.api.read_zone(session.zone_id(zone)))


@zones.command()
@click.argument("zone")
@click.option("--origin", default="", help="The sub-domain to delegate: makes a new zone, the old one is still served.")
@click.option("--name-server", default="", help="The name server's name.")
@pass_session
def rename(session: Session, zone: str, origin: str, name_server: str) -> None:
    """Choose other names for a zone; shows the zone to use from now on."""
    changes = {"origin": origin, "name_server": name_server}
    given = {name: value for name, value in changes.items() if value}
    if not given:
        raise usage_error("Nothing to change: give --origin, --name-server or both.")
    _show(session, session.api.rename_zone(session.zone_id(zone), given))


@zones.command()
@click.argument("zone")
@click.option("--stop", is_flag=True, help="Let nobody but its owner use it from now on.")
@pass_session
def share(session: Session, zone: str, stop: bool) -> None:
    """Let every owner use a zone. Whoever controls its domain can then get certificates for all of them."""
    _show(session, session.api.rename_zone(session.zone_id(zone), {"shared": not stop}))


@zones.command()
@click.argument("zone")
@pass_session
def check(session: Session, zone: str) -> None:
    """Look now whether a zone is delegated and answers; exit code 10 when not."""
    seen = session.api.check_zone(session.zone_id(zone))
    _show(session, seen)
    if not seen["stands"]:
        click.get_current_context().exit(Exit.MISSING)


def _show(session: Session, zone: Json) -> None:
    output = session.output
    if output.is_json:
        output.document(zone)
        return
    output.line(f"{zone['id']}  {zone['origin']}")
    verdict = {True: "delegated, and answers", False: "broken", None: None}[zone.get("stands")]
    output.fields(
        {"name server": zone["name_server"], "owner": zone["owner"], "kind": _kind(zone), "last look": verdict}
    )
    problem = zone.get("problem")
    if problem:
        show_problem(output, problem)
    output.line()
    show_records(output, zone["records"], {problem["subject"]: problem["code"]} if problem else None)


COMMANDS = (zones,)
