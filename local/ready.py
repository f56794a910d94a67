"""How a program of this folder tells on its standard output that it is ready, and where."""

import re
import sys

_READY = re.compile(r"ready((?: \w+=\S+)+)\n")


def announce(**facts: str) -> None:
    """Say `ready key=value …` in one write: others may be writing to the same output, in the middle of a line too."""
    words = " ".join(f"{key}={value}" for key, value in facts.items())
    sys.stdout.write(f"ready {words}\n")
    sys.stdout.flush()


def find_announcement(output: str) -> dict[str, str] | None:
    """Find what was announced, whatever stands before it; None as long as nothing was."""
    found = _READY.search(output)
    return dict(word.split("=", 1) for word in found[1].split()) if found else None
