"""tools/find-python on machines of many kinds, each made of a PATH and a few folders."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
BROKEN_SHIM = "#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n"
OTHER_VERSION = "#!/bin/sh\nexit 1\n"
ESSENTIALS = ("dirname", "cat", "head", "sh")


class Machine:
    """A machine with nothing but a shell: no Python anywhere, unless a test puts one there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = [self.new_folder("essentials")]
        for name in ESSENTIALS:
            (self.path[0] / name).symlink_to(self.existing(name))
        shutil.copytree(REPOSITORY / "tools", folder / "repository/tools", ignore=shutil.ignore_patterns("__pycache__"))
        self.variables = {"HOME": str(self.new_folder("home")), "SYSTEM_PYTHONS": ""}

    @staticmethod
    def existing(name: str) -> str:
        found = shutil.which(name)
        assert found, f"{name} is needed to run the program under test"
        return found

    def new_folder(self, name: str) -> Path:
        made = self.folder / name
        made.mkdir(parents=True)
        return made

    def add_program(self, folder: Path, name: str, text: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / name
        program.write_text(text)
        program.chmod(0o755)
        return program

    def add_to_path(self, name: str, text: str) -> None:
        self.path.append(self.new_folder(f"a folder with spaces {len(self.path)}"))
        self.add_program(self.path[-1], name, text)

    def find_python(self) -> subprocess.CompletedProcess[str]:
        environment = self.variables | {"PATH": ":".join(map(str, self.path))}
        program = self.folder / "repository/tools/find-python"
        return subprocess.run(
            [program],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without any Python."""
    return Machine(tmp_path)


def real_python() -> str:
    """A program text that runs the Python of these tests, as a shim does."""
    return f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'


def assert_found(result: subprocess.CompletedProcess[str]) -> None:
    assert (result.stdout, result.returncode) == (f"{Path(sys.executable).resolve()}\n", 0), result.stderr


def test_the_first_working_command_on_path_is_found(machine: Machine) -> None:
    """The path printed is the interpreter itself, not the shim in front of it."""
    machine.add_to_path("python3.13", real_python())
    assert_found(machine.find_python())


def test_a_broken_shim_before_the_real_command_is_survived(machine: Machine) -> None:
    """A version manager's shim that answers 127 does not end the search along PATH."""
    machine.add_to_path("python3.13", BROKEN_SHIM)
    machine.add_to_path("python3.13", real_python())
    assert_found(machine.find_python())


def test_a_broken_shim_leads_to_the_version_managers_folder(machine: Machine) -> None:
    """A pyenv version that is installed but not selected is used."""
    machine.add_to_path("python3.13", BROKEN_SHIM)
    machine.add_program(Path(machine.variables["HOME"], ".pyenv/versions/3.13.7/bin"), "python3.13", real_python())
    assert_found(machine.find_python())


def test_what_uv_knows_is_used(machine: Machine) -> None:
    """The tool uv is asked before pyenv's folder is looked at."""
    managed = machine.add_program(machine.folder / "managed", "python3.13", real_python())
    machine.add_to_path("uv", f'#!/bin/sh\n[ "$1" = --version ] || echo "{managed}"\n')
    assert_found(machine.find_python())


def test_a_uv_that_fails_is_survived(machine: Machine) -> None:
    """An uv that stops at a broken shim does not stop the search."""
    machine.add_to_path("uv", "#!/bin/sh\n[ \"$1\" = --version ] || { echo 'Failed to inspect' >&2; exit 2; }\n")
    machine.add_program(Path(machine.variables["HOME"], ".pyenv/versions/3.13.0/bin"), "python3.13", real_python())
    assert_found(machine.find_python())


def test_a_fixed_place_is_used(machine: Machine) -> None:
    """A distribution's own python3 counts if it is 3.13, and is passed over if it is not."""
    other = machine.add_program(machine.folder / "usr/bin", "python3", OTHER_VERSION)
    right = machine.add_program(machine.folder / "usr/local/bin", "python3.13", real_python())
    machine.variables["SYSTEM_PYTHONS"] = f"{other}\n{right}"
    assert_found(machine.find_python())


def test_the_users_choice_goes_first(machine: Machine) -> None:
    """PYTHON names the interpreter, whatever PATH holds."""
    machine.add_to_path("python3.13", BROKEN_SHIM)
    machine.variables["PYTHON"] = sys.executable
    assert_found(machine.find_python())


def test_uv_installs_one_as_the_last_resort(machine: Machine) -> None:
    """Python 3.13 lands in the repository's .tools, where `make clean` and users find it."""
    install = f"""#!/bin/sh
case "$1 $2" in
  "python install")
    mkdir -p "$UV_PYTHON_INSTALL_DIR/cpython-3.13.9-linux/bin"
    ln -s "{sys.executable}" "$UV_PYTHON_INSTALL_DIR/cpython-3.13.9-linux/bin/python3.13" ;;
  "python find") exit 2 ;;
esac
"""
    machine.path[0].joinpath("mkdir").symlink_to(machine.existing("mkdir"))
    machine.path[0].joinpath("ln").symlink_to(machine.existing("ln"))
    machine.add_to_path("uv", install)
    assert_found(machine.find_python())


def test_a_machine_without_python_is_told_what_was_tried_and_what_to_run(machine: Machine) -> None:
    """Failure names every place and exactly one command; standard output stays empty."""
    machine.add_to_path("python3.13", BROKEN_SHIM)
    machine.add_to_path("apt-cache", "#!/bin/sh\nexit 0\n")
    result = machine.find_python()
    assert (result.returncode, result.stdout) == (1, "")
    for place in ("PATH: ", "uv python find", "pyenv: ", "uv python install"):
        assert place in result.stderr
    assert "Run this, then start again:\n  apt-get install python3.13 python3.13-venv\n" in result.stderr
