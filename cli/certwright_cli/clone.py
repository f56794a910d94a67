"""A clone of Certwright's repository, from which the local system runs."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from certwright_cli.errors import usage_error

MARKS = ("Makefile", "template.yaml", "local/__main__.py")


def find_clone(given: Path | None) -> Path:
    """Find the clone: the folder given, else this one or the nearest above; raises `CliError`."""
    start = (given or Path.cwd()).resolve()
    for folder in [start] if given else [start, *start.parents]:
        if all((folder / mark).is_file() for mark in MARKS):
            return folder
    where = f"{start} is no clone" if given else f"Neither {start} nor a folder above is a clone"
    raise usage_error(
        f"{where} of Certwright's repository, from which the local system runs: clone it with git, then run this "
        "there, or give --path."
    )


def run_in_clone(folder: Path, arguments: Sequence[str]) -> None:
    """Become `make local` in a clone; raises `CliError` where there is no make."""
    make = shutil.which("make")
    if make is None:
        raise usage_error("The program make is not there: install it.")
    words = [f"ARGS={' '.join(map(_quote, arguments))}"] if arguments else []
    os.execv(make, [make, "-C", str(folder), "--no-print-directory", "local", *words])  # noqa: S606 - no shell wanted


def _quote(word: str) -> str:
    """Quote a word for the shell that make starts; make itself wants its dollar signs doubled."""
    return "'" + word.replace("$", "$$").replace("'", "'\\''") + "'"
