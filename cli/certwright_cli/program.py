"""The command `certwright`: its subcommands, and how every failure ends."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from certwright_cli import __version__
from certwright_cli.base import Group, Session
from certwright_cli.commands import (
    budgets,
    cas,
    certificates,
    dead_letters,
    delegations,
    keys,
    login,
    offboard,
    owners,
    records,
    renewing,
    stack,
    tokens,
    watching,
    zones,
)
from certwright_cli.errors import CliError
from certwright_cli.exits import Exit
from certwright_cli.output import clean, wants_color

EPILOG = "Documentation: docs/cli.md in Certwright's repository."


class OutputGoneError(Exception):
    """The reader of the output went away; no OSError, which click would answer in its own way."""


class Program(Group):
    """The whole program: what click would end in its own way ends in ours."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the subcommand that was asked for."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise OutputGoneError from error
        except (KeyboardInterrupt, EOFError) as error:
            if sys.stderr.isatty():
                click.echo(err=True)  # closes the line with ^C
            raise CliError("Interrupted.", Exit.INTERRUPTED, "interrupted") from error


@click.group(cls=Program, epilog=EPILOG)
@click.version_option(__version__, prog_name="certwright")
def cli() -> None:
    """Request TLS certificates from a Certwright deployment, watch them, and keep them on your servers."""


MODULES = (
    login,
    certificates,
    records,
    renewing,
    watching,
    keys,
    zones,
    delegations,
    cas,
    budgets,
    dead_letters,
    owners,
    tokens,
    offboard,
    stack,
)
for module in MODULES:
    for command in module.COMMANDS:
        cli.add_command(command)


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and end with its exit code; the process ends here in any case."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    code = main(words, session := Session())
    sys.exit(_flush(session, code))


def _flush(session: Session, code: int) -> int:
    """Write out what is left; what can't be written is a failure too."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _give_up_output()
    except OSError as error:
        _give_up_output()
        failed = CliError(f"The output could not be written: {error.strerror}.", Exit.FILES, "file")
        return _say(session, failed) if code != Exit.FILES else code
    return code


def _interrupt(*_: object) -> NoReturn:
    """Let a signal to end do what Ctrl-C does."""
    raise KeyboardInterrupt


def main(words: Sequence[str], session: Session) -> int:
    """Run a command; every way it can end becomes an exit code, and a sentence where it failed."""
    try:
        result = cli.main(words, prog_name="certwright", standalone_mode=False, obj=session)
        return result if isinstance(result, int) else Exit.OK
    except CliError as error:
        return _say(session, error)
    except click.ClickException as error:
        return _say_usage(session, error, "--json" in words)
    except (KeyboardInterrupt, click.Abort):
        return _say(session, CliError("Interrupted.", Exit.INTERRUPTED, "interrupted"))
    except OutputGoneError:
        return _give_up_output()
    except OSError as error:
        return _say(session, CliError(f"The output could not be written: {error.strerror}.", Exit.FILES, "file"))
    except (LookupError, TypeError, AttributeError) as error:
        return _say_unknown_shape(session, error)
    except Exception as error:  # noqa: BLE001 - the last resort: a sentence instead of a trace
        return _say_unexpected(session, error)


def _say(session: Session, error: CliError) -> int:
    try:
        if session.output.is_json:
            click.echo(json.dumps(error.as_json(), ensure_ascii=False), err=True)
        else:
            mark = click.style("certwright:", fg="red", bold=True)
            click.echo(f"{mark} {clean(str(error))}", err=True, color=wants_color(sys.stderr))
    except OSError:
        return error.exit_code  # nobody reads
    return error.exit_code


def _say_usage(session: Session, error: click.ClickException, is_json: bool) -> int:
    session.output.is_json = session.output.is_json or is_json
    context = getattr(error, "ctx", None)
    hint = f" See `{context.command_path} --help`." if context else ""
    return _say(session, CliError(error.format_message() + hint, Exit.USAGE, "usage"))


def _say_unknown_shape(session: Session, error: Exception) -> int:
    _trace(session, error)
    sentence = (
        f"The API's answer is not as this client knows it ({type(error).__name__}: {error}): the deployment may be "
        "newer or older than the client. Install the client of its version; --debug shows more."
    )
    return _say(session, CliError(sentence, Exit.SERVER, "not-understood"))


def _trace(session: Session, error: Exception) -> None:
    if session.output.is_debug:
        click.echo("".join(traceback.format_exception(error)), err=True)


def _say_unexpected(session: Session, error: Exception) -> int:
    _trace(session, error)
    sentence = f"Something unexpected happened ({type(error).__name__}): try again with --debug, and report it."
    return _say(session, CliError(sentence, Exit.FAILED, "unexpected"))


def _give_up_output() -> int:
    """Write nothing more: the reader is gone, and flushing at exit would complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return Exit.BROKEN_PIPE
