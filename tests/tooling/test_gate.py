"""The gate itself, on a small repository whose commands do what each test needs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.process_table import await_end

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the gate looks for its processes in /proc")

GATE = Path(__file__).parents[2] / ".ci/run"
TARGETS = ("lint", "types", "locks", "test", "validate", "build", "test-built", "demo")


class SmallRepository:
    """A repository with a gate and one recipe for each of its commands."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.recipes = dict.fromkeys(TARGETS, "true")
        (root / ".ci").mkdir()
        (root / "tools").mkdir()
        shutil.copy(GATE, root / ".ci/run")
        setup = root / "tools/setup"
        setup.write_text("#!/bin/sh\n")
        setup.chmod(0o755)
        subprocess.run(["git", "init", "--quiet", root], check=True)

    def run_gate(self) -> subprocess.CompletedProcess[str]:
        rules = [f"{target}:\n\t@{recipe}\n" for target, recipe in self.recipes.items()]
        (self.root / "Makefile").write_text("".join(rules))
        environment = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
        command = ["bash", str(self.root / ".ci/run")]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def repository(tmp_path: Path) -> SmallRepository:
    """A repository in which every command succeeds."""
    return SmallRepository(tmp_path)


def test_a_change_that_passes_everything_passes_the_gate(repository: SmallRepository) -> None:
    """Each stage is named with its time, and the last line says so."""
    result = repository.run_gate()
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1].startswith("GATE PASSED in ")
    assert result.stdout.count("=== ") == len(TARGETS) + len({"setup", "nothing changed"})


@pytest.mark.parametrize("target", TARGETS)
def test_a_failing_stage_fails_the_gate(repository: SmallRepository, target: str) -> None:
    """Later stages do not run, and the failure names its stage. 5 is pytest's code for "no tests"."""
    repository.recipes[target] = "exit 5"
    result = repository.run_gate()
    assert result.returncode != 0
    assert result.stdout.splitlines()[-1].startswith("GATE FAILED in: ")
    assert result.stdout.count("=== ") == len({"setup", *TARGETS[: TARGETS.index(target) + 1]})


def test_a_process_left_behind_is_ended_and_fails_the_gate(repository: SmallRepository) -> None:
    """Even one in a session of its own, whose parent is gone."""
    repository.recipes["demo"] = "setsid sleep 300 >/dev/null 2>&1 & echo $$! > pid; sleep 0.2"
    result = repository.run_gate()
    assert result.returncode != 0
    assert "left running: " in result.stdout
    await_end([int((repository.root / "pid").read_text())])


def test_a_process_that_is_just_ending_is_no_leftover(repository: SmallRepository) -> None:
    """What was told to end may take a moment for it."""
    repository.recipes["demo"] = "setsid sleep 1 >/dev/null 2>&1 & true"
    result = repository.run_gate()
    assert result.returncode == 0, result.stdout + result.stderr
    assert "left running: " not in result.stdout


def test_a_gate_that_changes_the_repository_fails(repository: SmallRepository) -> None:
    """Tests and demonstrations write to ignored or temporary folders only."""
    repository.recipes["test"] = "touch litter"
    result = repository.run_gate()
    assert result.returncode != 0
    assert "?? litter" in result.stdout
