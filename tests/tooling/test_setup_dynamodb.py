"""tools/setup's optional part, with a Maven and a compiler that stand in for the real ones: no network."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
# The last argument of the fetch is -DoutputDirectory=FOLDER; javac's second one is the folder for the classes.
MVN = """#!/bin/sh
echo mvn "$@" >>"{folder}/calls"
[ ! -e "{folder}/broken" ] || {{ echo 'no route to the registry'; exit 1; }}
for last; do :; done
mkdir -p "${{last#-DoutputDirectory=}}"
"""
JAVAC = """#!/bin/sh
mkdir -p "$2"
"""
NEEDED = ("bash", "cat", "cksum", "dirname", "find", "flock", "mkdir", "mv", "rm", "tail", "timeout", "touch")


class Machine:
    """A fresh clone, and a machine whose programs are links to those named; `java` is there, Maven as it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "clone"
        for part in ("tools", "local/dynamodb"):
            shutil.copytree(REPOSITORY / part, self.root / part, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "bin").mkdir()
        for name in NEEDED:
            program = shutil.which(name)
            if program:
                (folder / "bin" / name).symlink_to(program)
        for name, text in {"java": "#!/bin/sh\n", "javac": JAVAC, "mvn": MVN.format(folder=folder)}.items():
            (folder / "bin" / name).write_text(text)
            (folder / "bin" / name).chmod(0o755)

    def setup(self) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.folder / "bin"), "HOME": os.environ.get("HOME", "/")}
        command = [str(self.folder / "bin" / "bash"), str(self.root / "tools/setup"), "dynamodb"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def fetches(self) -> int:
        calls = self.folder / "calls"
        return len(calls.read_text().splitlines()) if calls.exists() else 0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that has all it takes."""
    return Machine(tmp_path)


def test_what_maven_fetched_and_the_compiled_server_land_in_tools(machine: Machine) -> None:
    """Once: a second run fetches nothing."""
    for _ in range(2):
        result = machine.setup()
        assert result.returncode == 0, result.stderr
    assert (machine.root / ".tools/dynamodb/jars").is_dir()
    assert (machine.root / ".tools/dynamodb/classes").is_dir()
    assert machine.fetches() == 1


@pytest.mark.parametrize("program", ["java", "javac", "mvn"])
def test_a_machine_without_java_or_maven_is_told_and_goes_on(machine: Machine, program: str) -> None:
    """Setup succeeds, and says what is missing and what is skipped."""
    (machine.folder / "bin" / program).unlink()
    result = machine.setup()
    assert result.returncode == 0, result.stderr
    assert f"dynamodb: SKIPPED, no {program} on PATH" in result.stdout
    assert not (machine.root / ".tools/dynamodb").exists()


def test_a_registry_that_can_not_be_reached_fails_nothing_and_is_left_alone_for_an_hour(machine: Machine) -> None:
    """The reason is quoted; the next run does not wait for it again, and a later one fetches."""
    (machine.folder / "broken").touch()
    first, second = machine.setup(), machine.setup()
    assert (first.returncode, second.returncode, machine.fetches()) == (0, 0, 1)
    assert "no route to the registry" in first.stdout
    assert "dynamodb: SKIPPED, it could not be fetched within the last hour" in second.stdout
    (machine.folder / "broken").unlink()
    failed = machine.root / ".tools/stamps/dynamodb-failed"
    os.utime(failed, (0, failed.stat().st_mtime - 3601))
    assert machine.setup().returncode == 0
    assert (machine.root / ".tools/dynamodb/classes").is_dir()
    assert not failed.exists()
