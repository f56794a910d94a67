"""Run the command that has a server take up new files."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from certwright_cli.errors import CliError, usage_error
from certwright_cli.exits import Exit

_STANDARD_ERROR = 2
_OWN_VARIABLES = ("CERTWRIGHT_TOKEN", "CERTWRIGHT_TOKEN_FILE")


def split_command(text: str) -> list[str]:
    """Split a command as a shell does; no shell is run. Raises `CliError`."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise usage_error(f"--reload: {error}.") from error
    if not words:
        raise usage_error("--reload: give a command, such as 'systemctl reload nginx'.")
    return words


def run_reload(command: Sequence[str], certificate_id: str, seconds: float) -> None:
    """Run a command, its output on our standard error; raises `CliError` when it fails or takes too long."""
    environment = {name: value for name, value in os.environ.items() if name not in _OWN_VARIABLES}
    environment["CERTWRIGHT_CERTIFICATE"] = certificate_id
    shown = shlex.join(command)
    sys.stderr.flush()
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command
            command, stdin=subprocess.DEVNULL, stdout=_STANDARD_ERROR, env=environment, start_new_session=True
        )
    except OSError as error:
        raise _failed(f"{shown}: {error.strerror}") from error
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired as error:
        raise _failed(f"{shown} took longer than {seconds:.0f} s and was ended") from error
    finally:
        _end(process)
    if status:
        ending = f"ended with {status}" if status > 0 else f"was ended by {signal.Signals(-status).name}"
        raise _failed(f"{shown} {ending}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the command and what it started, where it still runs."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _failed(sentence: str) -> CliError:
    remedy = "The new files are in place; the next run tries the command again."
    return CliError(f"{sentence}. {remedy}", Exit.RELOAD, "reload-failed")
