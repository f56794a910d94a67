"""The command-line client as a program of its own, with a home of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120
"""For what hangs."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Cli:
    """Runs `certwright` as a user whose home is a folder."""

    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What a run gets; `certwright` is on its PATH."""
        programs = self.home / "bin"
        if not programs.exists():
            programs.mkdir(parents=True)
            self.add_program("certwright", f'exec {sys.executable} -m certwright_cli "$@"')
        mark = {name: value for name, value in os.environ.items() if name == "CERTWRIGHT_GATE"}
        return {
            **mark,
            "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}",
            "PYTHONPATH": str(ROOT / "cli"),
            "HOME": str(self.home),
            "STATE_DIRECTORY": str(self.home / "state"),
            "LANG": "C.UTF-8",
            **self.variables,
        }

    def add_program(self, name: str, script: str) -> None:
        """Put a shell script on the PATH."""
        path = self.home / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def run(self, *arguments: str, typed: str = "") -> Ran:
        """Run `certwright` with arguments; `typed` is its standard input, which is no terminal."""
        return self.shell('exec certwright "$@"', *arguments, typed=typed)

    def shell(self, script: str, *arguments: str, typed: str = "") -> Ran:
        """Run a line of bash in the home."""
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", script, "bash", *arguments],
            input=typed,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            cwd=self.home,
            env=self.environment,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)
