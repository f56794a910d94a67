"""Logging in and out, and completion."""

import os
import sys
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from certwright_cli.api import Api
from certwright_cli.base import Command, Session, pass_session
from certwright_cli.connection import Connection
from certwright_cli.errors import usage_error
from certwright_cli.files import explaining
from certwright_cli.login import Login, check_token, check_url, config_path, read_token_file, save_login


@click.command(cls=Command)
@click.argument("url")
@click.option("--token-file", type=click.Path(path_type=Path), help="Read the token from a file; - is standard input.")
@pass_session
def login(session: Session, url: str, token_file: Path | None) -> None:
    """Save a deployment's URL and a token for it, after trying both.

    Without --token-file the token is asked for, and not shown. It is never taken from the command line, where other
    users of the machine could see it.
    """
    new = Login(check_url(url, "URL"), _read_token(token_file))
    api = Api(Connection(new.url, new.token, session.output.debug))
    api.get("/v1/certificates", limit=1)
    path = config_path(os.environ)
    save_login(path, new)
    if session.output.is_json:
        session.output.document({"url": new.url, "config": str(path)})
    else:
        session.output.line(f"Logged in to {new.url}; saved in {path}.")


def _read_token(path: Path | None) -> str:
    if path and str(path) != "-":
        return read_token_file(path)
    if path or not sys.stdin.isatty():
        return check_token(sys.stdin.read(10_000), "standard input")
    return check_token(click.prompt("Token", hide_input=True, err=True), "what was typed")


@click.command(cls=Command)
@pass_session
def logout(session: Session) -> None:
    """Delete the saved URL and token from this machine. The token stays valid: see `tokens delete`."""
    path = config_path(os.environ)
    with explaining(path):
        path.unlink(missing_ok=True)
    if session.output.is_json:
        session.output.document({"config": str(path)})
    else:
        session.output.line(f"{path} is deleted. The token itself stays valid until it expires or is deleted.")


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_session
def completion(session: Session, shell: str) -> None:
    """Print the script that completes commands and options in a shell.

    For bash: certwright completion bash > ~/.local/share/bash-completion/completions/certwright
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise usage_error(f"There is no completion for {shell}.")
    script = kind(session_root(), {}, "certwright", "_CERTWRIGHT_COMPLETE").source()
    if session.output.is_json:
        session.output.document({"shell": shell, "script": script})
    else:
        session.output.line(script)


def session_root() -> click.Command:
    """Find the program that this command is part of."""
    return click.get_current_context().find_root().command


COMMANDS = (login, logout, completion)
