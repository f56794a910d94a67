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


Look = Callable[[], tuple[str, Json | None]]
"""Looks once: how it stands in words, and what the server showed, None where it did not answer."""


def wait_until(output: Output, look: Look, is_done: Callable[[Json], bool], patience: Patience, subject: str) -> Json:
    """Look until it is done; raises `CliError` when the time is up, or what `look` raises."""
    progress, deadline, looks = Progress(output), patience.clock() + patience.seconds, 0
    try:
        while True:
            text, seen = look()
            if seen and is_done(seen):
                return seen
            progress.show(text)
            pause = PAUSES_SECONDS[min(looks, len(PAUSES_SECONDS) - 1)]
            looks += 1
            if patience.clock() + pause > deadline:
                sentence = f"Waited {patience.seconds:.0f} s in vain; {subject} is still {text}"
                raise CliError(sentence, Exit.TIMED_OUT, "timed-out")
            patience.pause(pause)
    finally:
        progress.clear()


def wait_for(
    api: Api, output: Output, certificate_id: str, is_done: Callable[[Json], bool], patience: Patience
) -> Json:
    """Look at a certificate until it is done; raises `CliError` when the time is up, or when the server refuses."""
    nudge_at = patience.clock() if patience.is_nudging else float("inf")

    def look() -> tuple[str, Json | None]:
        nonlocal nudge_at
        now = patience.clock()
        seen = read_patiently(lambda: _read(api, certificate_id, is_nudge=now >= nudge_at))
        if isinstance(seen, str):
            return seen, None
        nudge_at = now + NUDGE_SECONDS if now >= nudge_at else nudge_at
        return f"{seen['state']}: {seen['message']}", seen

    return wait_until(output, look, is_done, patience, certificate_id)


def read_patiently(read: Callable[[], Json]) -> Json | str:
    """Read once; what passes by itself is told as a sentence, to be waited for."""
    try:
        return read()
    except Unreachable as error:
        return str(error)
    except ApiProblem as error:
        if error.status not in _PASSING:
            raise
        return str(error)


def _read(api: Api, certificate_id: str, *, is_nudge: bool) -> Json:
    seen = api.read_certificate(certificate_id)
    return api.check_certificate(certificate_id) if is_nudge and seen["state"] == "waiting" else seen


def has_version(version: int) -> Callable[[Json], bool]:
    """Tell of a certificate whether it has this version, or a later one, and nothing is under way."""

    def is_done(seen: Json) -> bool:
        current = seen["current"]
        return bool(current and current["version"] >= version and not seen["attempt"])

    return is_done
