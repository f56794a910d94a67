"""What every command has: its session, and the options that go everywhere."""

import os
from functools import cached_property
from typing import Any

import click

from certwright_cli.api import Api
from certwright_cli.connection import Connection, Json
from certwright_cli.errors import CliError
from certwright_cli.exits import Exit
from certwright_cli.login import find_login
from certwright_cli.output import Output


class Session:
    """One run of the program; the deployment is looked for when a command first needs it."""

    def __init__(self) -> None:
        self.output = Output()

    @cached_property
    def api(self) -> Api:
        """The deployment that the user is logged in to; raises `CliError`."""
        login = find_login(os.environ)
        return Api(Connection(login.url, login.token, self.output.debug))

    def certificate_id(self, reference: str) -> str:
        """Take an id as it is, and find the one certificate that has a name."""
        if reference.startswith("crt_"):
            return reference
        return find_by_name(self.api, reference)

    def zone_id(self, reference: str) -> str:
        """Take an id as it is, and find the zone that has an origin."""
        if reference.startswith("zon_"):
            return reference
        origin = reference.lower().rstrip(".")
        for zone in self.api.get("/v1/zones")["items"]:
            if zone["origin"] == origin:
                return str(zone["id"])
        sentence = f"There is no zone {reference} that you may see: `certwright zones list` has them."
        raise CliError(sentence, Exit.NOT_FOUND, "not-found")


def find_by_name(api: Api, name: str) -> str:
    """Find the one certificate with a name in its summary, dry runs aside; raises `CliError` for none and several."""
    wanted = name.lower().rstrip(".")
    listed = (item for item in api.list_certificates("", 0) if not item.get("dry_run"))
    found = [item["id"] for item in listed if wanted in item["names"]]
    if not found:
        sentence = f"No certificate of yours has the name {name}: see `certwright list`, or give the id (crt_…)."
        raise CliError(sentence, Exit.NOT_FOUND, "not-found")
    if len(found) > 1:
        sentence = f"{len(found)} certificates have the name {name}: give the id of one of them: {', '.join(found)}."
        raise CliError(sentence, Exit.CONFLICT, "ambiguous")
    return str(found[0])


def _switch(attribute: str) -> Any:
    def turn_on(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            setattr(context.ensure_object(Session).output, attribute, True)

    return turn_on


def _shared_options() -> list[click.Option]:
    json = "Print JSON; failures too, on standard error."
    debug = "Show every request on standard error, without tokens and bodies."
    return [
        click.Option(["--json"], is_flag=True, expose_value=False, callback=_switch("is_json"), help=json),
        click.Option(["--debug"], is_flag=True, expose_value=False, callback=_switch("is_debug"), help=debug),
    ]


class Command(click.Command):
    """A command with the options that go everywhere."""

    def __init__(self, *arguments: Any, **fields: Any) -> None:
        super().__init__(*arguments, **fields)
        self.params += _shared_options()


class Group(click.Group):
    """A group of such commands, listed in the order they were added."""

    command_class = Command
    group_class = type

    def __init__(self, *arguments: Any, **fields: Any) -> None:
        super().__init__(*arguments, **fields)
        self.params += _shared_options()

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Keep the order: what one does first comes first."""
        return list(self.commands)


pass_session = click.make_pass_decorator(Session)

__all__ = ["Command", "Group", "Json", "Session", "find_by_name", "pass_session"]
