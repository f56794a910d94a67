"""A deployment as a whole: the doctor, and the local system."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click

from certwright_cli.base import Command, Json, Session, pass_session
from certwright_cli.clone import find_clone, run_in_clone
from certwright_cli.commands.certificates import FILE, WAIT_SECONDS, seconds_option
from certwright_cli.errors import ApiProblem, CliError
from certwright_cli.exits import Exit
from certwright_cli.probes import NO_ZONE, ProbeFailed, ask_http, ask_tcp, ask_udp
from certwright_cli.trial import order_a_trial

_PORT = click.IntRange(1, 65_535)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried."""

    check: str
    where: str
    ok: bool
    message: str


@click.command(cls=Command)
@click.option("--stack", "is_stack", is_flag=True, help="Look at every part, and knock at the nodes from this machine.")
@click.option("--dns-port", type=_PORT, default=53, show_default=True, help="Where the nodes serve DNS.")
@click.option("--http-port", type=_PORT, default=80, show_default=True, help="Where they answer HTTP-01.")
@click.option(
    "--order", "names", multiple=True, metavar="NAME", help="Place a trial order too, for a name whose records stand."
)
@click.option("--ca", default="", help="With --order: the account whose staging CA is asked; your own if left out.")
@seconds_option(WAIT_SECONDS)
@pass_session
def doctor(
    session: Session, *, is_stack: bool, dns_port: int, http_port: int, names: tuple[str, ...], ca: str, timeout: int
) -> None:
    """Try the login and the API; with --stack tables, queue, schedule, worker and nodes too.

    From here every node's address is asked by UDP, TCP and HTTP-01. --order has a dry run made at the staging CA, which
    keeps nothing. Exit code 10 when something is broken. --stack needs an operator's token.
    """
    findings = list(_try_api(session))
    if is_stack:
        findings += _look_at_stack(session, dns_port, http_port)
    for name in names:
        findings.append(_order(session, name, ca, timeout))
    if session.output.is_json:
        session.output.document({"items": [asdict(item) for item in findings]})
    else:
        rows = [("ok" if item.ok else "failed", item.check, item.where, item.message) for item in findings]
        session.output.table(("STATE", "CHECK", "WHERE", "RESULT"), rows, state_at=0)
    if not all(item.ok for item in findings):
        click.get_current_context().exit(Exit.MISSING)


def _try_api(session: Session) -> Iterator[Finding]:
    zones = session.api.get("/v1/zones")["items"]
    yield Finding("API and token", session.api.url, True, f"zones visible: {len(zones)}")


def _look_at_stack(session: Session, dns_port: int, http_port: int) -> Iterator[Finding]:
    try:
        stack = session.api.get("/v1/stack")
    except ApiProblem as error:
        if error.status != 403:
            raise
        yield Finding("stack", session.api.url, False, str(error))
        stack = {"checks": [], "addresses": [], "challenge_host": None}
    else:
        yield Finding("role", session.api.url, True, f"{stack['role']} of {stack['owner']}; version {stack['version']}")
    for item in stack["checks"]:
        yield Finding(item["check"], "inside", item["ok"], item["message"])
    zones = session.api.get("/v1/zones")["items"]
    yield from _knock(_places(stack, zones), dns_port, http_port)
    host = stack["challenge_host"]
    if host and not host.endswith(".test"):  # names of tests lead nowhere (RFC 6761 §6.2)
        yield _try("HTTP-01 host", f"{host}:{http_port}", partial(ask_http, host, http_port))


def _places(stack: Json, zones: list[Json]) -> dict[str, list[str]]:
    """Find the public addresses, each with the zones that must be served there."""
    found: dict[str, list[str]] = {address: [] for address in stack["addresses"]}
    for zone in zones:
        for record in zone["records"]:
            if record["type"] == "A" and zone["origin"] not in found.setdefault(record["value"], []):
                found[record["value"]].append(zone["origin"])
    return found


def _knock(places: dict[str, list[str]], dns_port: int, http_port: int) -> Iterator[Finding]:
    for address, origins in places.items():
        for origin in origins or [NO_ZONE]:
            where = f"{address}:{dns_port}" + (f" for {origin}" if origins else "")
            yield _try("DNS over UDP", where, partial(ask_udp, address, dns_port, origin))
            yield _try("DNS over TCP", where, partial(ask_tcp, address, dns_port, origin))
        yield _try("HTTP-01", f"{address}:{http_port}", partial(ask_http, address, http_port))


def _try(check: str, where: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding(check, where, True, ask())
    except ProbeFailed as failed:
        return Finding(check, where, False, str(failed))


def _order(session: Session, name: str, ca: str, timeout: int) -> Finding:
    """Have a dry run made; what the server refuses of it is a finding, not the end."""
    try:
        is_ok, message = order_a_trial(session, name, ca, timeout)
    except CliError as error:
        if error.exit_code in (Exit.NOT_AUTHENTICATED, Exit.UNREACHABLE, Exit.INTERRUPTED):
            raise
        return Finding("trial order", name, False, str(error))
    return Finding("trial order", name, is_ok, message)


@click.command(cls=Command, context_settings={"ignore_unknown_options": True})
@click.option("--path", type=FILE, help="The clone of Certwright's repository; this folder or one above if left out.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def local(path: Path | None, arguments: tuple[str, ...]) -> None:
    """Run the whole system on this machine until Ctrl-C, from a clone of Certwright's repository.

    What stands after -- goes to `make local`, such as -- --api-port 8443; -- --help tells of its options.
    """
    run_in_clone(find_clone(path), arguments)


COMMANDS = (doctor, local)
