"""A deployment as a whole."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial

import click

from certwright_cli.base import Command, Json, Session, pass_session
from certwright_cli.exits import Exit
from certwright_cli.probes import ProbeFailed, ask_http, ask_tcp, ask_udp

_PORT = click.IntRange(1, 65_535)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried."""

    check: str
    where: str
    ok: bool
    message: str


@click.command(cls=Command)
@click.option("--stack", "is_stack", is_flag=True, help="Knock at the DNS nodes too, from this machine.")
@click.option("--dns-port", type=_PORT, default=53, show_default=True, help="Where the nodes serve DNS.")
@click.option("--http-port", type=_PORT, default=80, show_default=True, help="Where they answer HTTP-01.")
@pass_session
def doctor(session: Session, *, is_stack: bool, dns_port: int, http_port: int) -> None:
    """Try the login and the API; with --stack every zone at every node by UDP and TCP, and HTTP-01.

    Exit code 10 when something is broken. Nodes are known by the A records of the zones: without a zone there is
    nothing to knock at.
    """
    findings = []
    zones = session.api.get("/v1/zones")["items"]
    findings.append(Finding("API and token", session.api.url, True, f"zones visible: {len(zones)}"))
    if is_stack:
        findings += _knock(zones, dns_port, http_port)
    if session.output.is_json:
        session.output.document({"items": [asdict(item) for item in findings]})
    else:
        rows = [("ok" if item.ok else "failed", item.check, item.where, item.message) for item in findings]
        session.output.table(("STATE", "CHECK", "WHERE", "RESULT"), rows, state_at=0)
        if is_stack and not zones:
            session.output.note("There is no zone yet, so no node was knocked at: request a wildcard first.")
    if not all(item.ok for item in findings):
        click.get_current_context().exit(Exit.MISSING)


def _knock(zones: list[Json], dns_port: int, http_port: int) -> Iterator[Finding]:
    places = {
        (record["value"], zone["origin"]): None for zone in zones for record in zone["records"] if record["type"] == "A"
    }
    for address, origin in places:
        where = f"{origin} at {address}:{dns_port}"
        yield _try("DNS over UDP", where, partial(ask_udp, address, dns_port, origin))
        yield _try("DNS over TCP", where, partial(ask_tcp, address, dns_port, origin))
    for address in dict.fromkeys(address for address, _ in places):
        yield _try("HTTP-01", f"{address}:{http_port}", partial(ask_http, address, http_port))


def _try(check: str, where: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding(check, where, True, ask())
    except ProbeFailed as failed:
        return Finding(check, where, False, str(failed))


COMMANDS = (doctor,)
