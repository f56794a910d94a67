"""Reads a Dockerfile, and performs its steps in folders where no engine is: a folder stands for each stage's root."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Stage:
    """One stage: what it starts from, and its instructions in order."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def last(self, instruction: str) -> str:
        """Give the arguments of an instruction of which the last one counts; raises `KeyError` where it is missing."""
        return dict(self.steps)[instruction]

    def exec_form(self, instruction: str) -> list[str]:
        """Give the command of an instruction in its exec form, after its options."""
        command: list[str] = json.loads(self.last(instruction).partition("[")[2].join(("[", "")))
        return command

    def environment(self) -> dict[str, str]:
        """Give the variables that are set."""
        pairs = [pair for instruction, text in self.steps if instruction == "ENV" for pair in shlex.split(text)]
        return dict(pair.split("=", 1) for pair in pairs)


def read_dockerfile(path: Path) -> list[Stage]:
    """Read all stages; arguments before the first one are filled in by their defaults."""
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for line in _logical_lines(path.read_text()):
        instruction, _, text = line.partition(" ")
        match instruction:
            case "ARG":
                name, _, default = text.partition("=")
                arguments[name] = default
            case "FROM":
                base, _, name = re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], text).partition(" AS ")
                stages.append(Stage(base, name))
            case _:
                stages[-1].steps.append((instruction, text.strip()))
    return stages


def build(stages: list[Stage], context: Path, target: Path, path: str) -> dict[str, Path]:
    """Perform COPY and RUN; RUN finds programs in `path`. Returns each stage's root.

    In a RUN an absolute path that was copied or made before means the one in the stage's root.
    """
    roots: dict[str, Path] = {}
    for number, stage in enumerate(stages):
        root = roots[stage.name] = target / (stage.name or f"stage-{number}")
        root.mkdir()
        for instruction, text in stage.steps:
            if instruction == "COPY":
                _copy(text, roots, context, root)
            if instruction == "RUN":
                command = re.sub(r"(?<![\w.])/(?=(build|node)\b)", f"{root}/", text)
                subprocess.run(["sh", "-ec", command], check=True, cwd=root, env={**os.environ, "PATH": path})
    return roots


def _copy(text: str, roots: dict[str, Path], context: Path, root: Path) -> None:
    words = text.split()
    source_root = roots[words.pop(0).removeprefix("--from=")] if words[0].startswith("--from=") else context
    source, target = source_root / words[0].lstrip("/"), root / words[1].lstrip("/")
    if source.is_dir():
        shutil.copytree(
            source, target, ignore=shutil.ignore_patterns("__pycache__") if source_root == context else None
        )
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def _logical_lines(text: str) -> Iterator[str]:
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    yield from re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
