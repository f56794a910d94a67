"""Bundles: a certificate with its private key, once or kept current."""

import sys
from pathlib import Path

import click

from certwright_cli.base import Command, Session, pass_session
from certwright_cli.commands.certificates import certificate_argument
from certwright_cli.errors import CliError, usage_error
from certwright_cli.exits import Exit
from certwright_cli.files import NewFile, replace_file


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


COMMANDS = (bundle,)
