"""Looking at a certificate until something is so, with progress for whoever waits."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import click

from certwright_cli.api import Api
from certwright_cli.connection import Json
from certwright_cli.errors import ApiProblem, CliError, Unreachable
from certwright_cli.exits import Exit
from certwright_cli.output import Output, clean, clock, is_terminal

PAUSES_SECONDS = (1.0, 1.0, 1.0, 2.0, 3.0)
"""Between looks; the last one goes on."""
NUDGE_SECONDS = 15.0
"""How often `is_nudging` has everything looked at again while records are missing."""
_PASSING = (429, 500, 502, 503, 504)


class Progress:
    """A line that is rewritten on a terminal; elsewhere one line for each change; nothing with --json."""

    def __init__(self, output: Output) -> None:
        self._is_silent = output.is_json
        self._is_live = is_terminal(sys.stderr) and not output.is_debug
        self._output = output
        self._last = ""
        self._started = time.monotonic()

    def show(self, text: str) -> None:
        """Tell how it stands now."""
        if self._is_silent:
            return
        if text != self._last:
            self.clear()
            self._output.note(f"{clock()}  {clean(text)}")
            self._last = text
        if self._is_live:
            waited = time.monotonic() - self._started
            click.echo(f"\r\x1b[Kwaiting, {waited:.0f} s … Ctrl-C stops waiting, nothing else", err=True, nl=False)

    def clear(self) -> None:
        """Take the rewritten part away."""
        if self._is_live and not self._is_silent:
            click.echo("\r\x1b[K", err=True, nl=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, and how."""

    seconds: float
    is_nudging: bool = False
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep


def wait_for(
    api: Api, output: Output, certificate_id: str, is_done: Callable[[Json], bool], patience: Patience
) -> Json:
    """Look until it is done; raises `CliError` when the time is up, or when the server refuses."""
    progress = Progress(output)
    try:
        return _look_until(api, certificate_id, is_done, patience, progress)
    finally:
        progress.clear()


def _look_until(
    api: Api, certificate_id: str, is_done: Callable[[Json], bool], patience: Patience, progress: Progress
) -> Json:
    deadline = patience.clock() + patience.seconds
    nudge_at = patience.clock() if patience.is_nudging else float("inf")
    looks = 0
    while True:
        now = patience.clock()
        text, seen = _look(api, certificate_id, is_nudge=now >= nudge_at)
        nudge_at = _next_nudge(seen, nudge_at, now)
        if seen and is_done(seen):
            return seen
        progress.show(text)
        pause = PAUSES_SECONDS[min(looks, len(PAUSES_SECONDS) - 1)]
        looks += 1
        if patience.clock() + pause > deadline:
            raise CliError(
                f"Waited {patience.seconds:.0f} s in vain; {certificate_id} is still {text}",
                Exit.TIMED_OUT,
                "timed-out",
            )
        patience.pause(pause)


def _next_nudge(seen: Json | None, nudge_at: float, now: float) -> float:
    return now + NUDGE_SECONDS if seen and now >= nudge_at else nudge_at


def _look(api: Api, certificate_id: str, *, is_nudge: bool) -> tuple[str, Json | None]:
    """Read a certificate once; what passes by itself is told and waited for."""
    try:
        seen = api.read_certificate(certificate_id)
        if is_nudge and seen["state"] == "waiting":
            seen = api.check_certificate(certificate_id)
    except Unreachable as error:
        return str(error), None
    except ApiProblem as error:
        if error.status not in _PASSING:
            raise
        return str(error), None
    return f"{seen['state']}: {seen['message']}", seen


def has_version(version: int) -> Callable[[Json], bool]:
    """Tell of a certificate whether it has this version, or a later one, and nothing is under way."""

    def is_done(seen: Json) -> bool:
        current = seen["current"]
        return bool(current and current["version"] >= version and not seen["attempt"])

    return is_done
