"""What is printed: JSON as the API sent it, or plain text for people; colours only where somebody looks."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TextIO

import click

COLORS = {
    "ok": "green",
    "failed": "red",
    "broken": "red",
    "conflict": "red",
    "no-zone": "red",
    "not-granted": "red",
    "added": "green",
    "stands": "green",
    "issued": "green",
    "passed": "green",
    "waiting": "yellow",
    "issuing": "cyan",
    "renewing": "cyan",
    "failing": "red",
    "expired": "red",
    "revoked": "red",
    "deleting": "magenta",
}


class Output:
    """Prints to standard output, and notes to standard error."""

    def __init__(self) -> None:
        self.is_json = False
        self.is_debug = False

    def document(self, value: object) -> None:
        """Print a value as JSON."""
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))

    def line(self, text: str = "") -> None:
        """Print a line."""
        click.echo(text, color=wants_color(sys.stdout))

    def note(self, text: str) -> None:
        """Print a line that is not the result."""
        click.echo(text, err=True, color=wants_color(sys.stderr))

    def debug(self, text: str) -> None:
        """Print a line for whoever looks for a fault, if asked to."""
        if self.is_debug:
            click.echo(clean(text), err=True)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], indent: str = "", state_at: int = -1) -> None:
        """Print columns as wide as their widest cell; the column `state_at` has the colours of its words."""
        widths = [max(len(clean(row[at])) for row in [header, *rows]) for at in range(len(header))]
        for row in [header, *rows]:
            cells = [clean(cell).ljust(width) for cell, width in zip(row, widths, strict=True)]
            cells[-1] = cells[-1].rstrip()
            if row is not header and state_at >= 0:
                cells[state_at] = click.style(cells[state_at], fg=COLORS.get(row[state_at]))
            self.line(click.style((indent + "  ".join(cells)).rstrip(), bold=True if row is header else None))

    def fields(self, pairs: Mapping[str, object]) -> None:
        """Print names and values; what is empty is left out."""
        shown = {name: clean(str(value)) for name, value in pairs.items() if value not in (None, "", [], False)}
        width = max(map(len, shown), default=0)
        for name, value in shown.items():
            self.line(f"  {name:<{width}}  {value}")


def state(text: str) -> str:
    """Colour the state of a certificate, or of a part of it."""
    return click.style(clean(text), fg=COLORS.get(text), bold=True)


def warning(text: str) -> str:
    """Mark a sentence that asks for attention."""
    return click.style(f"! {clean(text)}", fg="yellow")


def clean(text: str) -> str:
    """Take out what would steer a terminal: the text came over the network."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def day(text: object) -> str:
    """Shorten an instant to its day; a dash for none."""
    return str(text)[:10] if text else "-"


def clock() -> str:
    """Tell the time of day here, for a line of progress."""
    return datetime.now(UTC).astimezone().strftime("%H:%M:%S")


def wants_color(stream: TextIO) -> bool:
    """Tell whether to colour: a terminal that can, and nobody who set NO_COLOR (no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def is_terminal(stream: TextIO) -> bool:
    """Tell whether somebody looks at a stream, on a terminal that understands more than plain text."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"
