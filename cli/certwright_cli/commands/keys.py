"""Bundles: a certificate with its private key, once or kept current."""

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from certwright_cli.base import Command, Session, pass_session
from certwright_cli.commands.certificates import certificate_argument
from certwright_cli.errors import CliError, usage_error
from certwright_cli.exits import Exit
from certwright_cli.files import NewFile, replace_file
from certwright_cli.ownership import find_owner
from certwright_cli.pull import KINDS, SECRET, Target, memory_place
from certwright_cli.pull import pull as bring_up_to_date
from certwright_cli.reload import run_reload, split_command

PUBLIC_MODE = 0o644
_FILE = click.Path(path_type=Path)


@click.command(cls=Command)
@certificate_argument
@click.option("--out", type=click.Path(path_type=Path), help="Write to a file that only you may read.")
@pass_session
def bundle(session: Session, certificate: str, out: Path | None) -> None:
    """Fetch private key and chain of the current version, once. Needs a token that may read keys."""
    if out is None and sys.stdout.isatty():
        raise usage_error("A private key is not shown on a terminal: give --out FILE, or redirect the output.")
    id = session.certificate_id(certificate)
    found = session.api.read_bundle(id)
    if found is None:
        raise CliError("The server sent no bundle: try again.", Exit.SERVER, "not-understood")
    if out:
        replace_file(NewFile(out, found.pem))
    if session.output.is_json:
        session.output.document({"certificate": id, **({"file": str(out)} if out else {"pem": found.pem.decode()})})
    elif out:
        session.output.line(f"{out} has key and chain of {id}.")
    else:
        sys.stdout.buffer.write(found.pem)


def _read_mode(context: click.Context, parameter: click.Parameter, text: str) -> int:
    """Read octal digits; nobody outside owner and group may read a key."""
    if not text or set(text) - set("01234567") or int(text, 8) > 0o777:
        raise click.BadParameter(f"{text!r} is no mode such as 0640.", context, parameter)
    if int(text, 8) & 0o007:
        sentence = f"{text} would let everybody read a private key: 0600 and 0640 are usual."
        raise click.BadParameter(sentence, context, parameter)
    return int(text, 8)


@click.command(cls=Command)
@certificate_argument
@click.option("--bundle", type=_FILE, help="Keep key and chain in this one file: they can never be of two versions.")
@click.option("--key", type=_FILE, help="Keep the private key here.")
@click.option("--fullchain", type=_FILE, help="Keep the certificate and its chain here.")
@click.option("--cert", "certificate_file", type=_FILE, help="Keep the certificate alone here.")
@click.option("--chain", type=_FILE, help="Keep the chain without the certificate here.")
@click.option(
    "--mode",
    callback=_read_mode,
    metavar="MODE",
    default="0600",
    show_default=True,
    help="Permissions of files that hold the key.",
)
@click.option("--owner", metavar="USER[:GROUP]", default="", help="Who owns the files; needs root.")
@click.option("--reload", "reload_command", metavar="COMMAND", help="Run this when a file has changed; no shell.")
@click.option(
    "--reload-timeout", type=click.IntRange(1, 3600), default=60, show_default=True, help="Seconds it may take."
)
@click.option("--state", type=_FILE, help="The folder to remember in. [default: /var/lib/certwright for root]")
@pass_session
def pull(
    session: Session,
    *,
    certificate: str,
    mode: int,
    owner: str,
    reload_command: str | None,
    reload_timeout: int,
    state: Path | None,
    bundle: Path | None,
    key: Path | None,
    fullchain: Path | None,
    certificate_file: Path | None,
    chain: Path | None,
) -> None:
    """Keep a certificate's files current: run it from a timer, often.

    It asks whether there is a newer version, writes all files whole or none, and runs the command only when a file
    has changed. A command that failed is run again next time. Needs a token that may read keys. Prints nothing when
    nothing is new.
    """
    given = dict(zip(KINDS, (bundle, key, fullchain, certificate_file, chain), strict=True))
    targets = _targets({kind: path for kind, path in given.items() if path}, mode, owner)
    command = split_command(reload_command) if reload_command is not None else None
    id = session.certificate_id(certificate)
    place = memory_place(state or _state_folder(os.environ), session.api.url, id, targets)
    reload = partial(run_reload, command, id, reload_timeout) if command else None
    done = bring_up_to_date(session.api, id, targets, place, reload)
    if session.output.is_json:
        session.output.document(asdict(done))
    elif done.changed or done.reload == "done":
        what = "new" if done.changed else "unchanged"
        session.output.line(f"{', '.join(done.files)}: {what}" + (", reloaded." if done.reload == "done" else "."))


def _targets(paths: Mapping[str, Path], mode: int, owner: str) -> list[Target]:
    if not paths:
        raise usage_error("Nothing to keep: give --bundle FILE, or --key FILE and --fullchain FILE.")
    absolute = {kind: path.absolute() for kind, path in paths.items()}
    if len(set(absolute.values())) < len(absolute):
        raise usage_error("Each file can hold one thing: give different paths.")
    uid, gid = find_owner(owner)
    return [Target(kind, path, mode if kind in SECRET else PUBLIC_MODE, uid, gid) for kind, path in absolute.items()]


def _state_folder(environment: Mapping[str, str]) -> Path:
    """Choose where to remember: systemd's StateDirectory, else the usual place of the system or the user."""
    if given := environment.get("STATE_DIRECTORY"):
        return Path(given.partition(":")[0])
    if os.geteuid() == 0:
        return Path("/var/lib/certwright")
    return Path(environment.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "certwright"


COMMANDS = (bundle, pull)
