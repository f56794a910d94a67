"""The command-line client as a package: it installs by itself, beside nothing of the server's."""

import ast
import subprocess
import sys
import venv
import zipfile
from email import message_from_string
from pathlib import Path

import click
import pytest

import certwright_cli

CLI = Path(__file__).resolve().parents[2] / "cli"
SOURCES = sorted((CLI / "certwright_cli").rglob("*.py"))
BUILD = "import sys; from flit_core.buildapi import build_wheel; print(build_wheel(sys.argv[1]))"
SECONDS = 120


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """What `pip install ./cli` makes first."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-c", BUILD, str(folder)]
    built = subprocess.run(command, cwd=CLI, capture_output=True, text=True, timeout=SECONDS, check=True)
    return zipfile.ZipFile(folder / built.stdout.strip())


def read_metadata(wheel: zipfile.ZipFile, name: str) -> str:
    """Read a file of the wheel's metadata."""
    (path,) = [item for item in wheel.namelist() if item.endswith(f".dist-info/{name}")]
    return wheel.read(path).decode()


def test_the_package_needs_click_and_nothing_of_the_servers(wheel: zipfile.ZipFile) -> None:
    """Its name and its folder are its own: the server's package is called certwright too."""
    metadata = message_from_string(read_metadata(wheel, "METADATA"))
    assert metadata["Name"] == "certwright-cli"
    assert metadata["Version"] == certwright_cli.__version__
    assert [item.partition(">")[0].strip() for item in metadata.get_all("Requires-Dist", [])] == ["click"]
    assert {item.partition("/")[0].partition("-")[0] for item in wheel.namelist()} == {"certwright_cli"}
    assert "certwright=certwright_cli.program:run" in read_metadata(wheel, "entry_points.txt")


def test_it_runs_where_only_it_and_click_are_installed(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Every command is there, in an environment that is otherwise empty."""
    venv.create(tmp_path / "venv", with_pip=False)
    (packages,) = (tmp_path / "venv/lib").glob("python*/site-packages")
    wheel.extractall(packages)
    (packages / "click").symlink_to(Path(click.__file__).parent)
    command = [str(tmp_path / "venv/bin/python"), "-m", "certwright_cli", "pull", "--help"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=True)
    assert "--reload" in ran.stdout


def test_it_imports_the_standard_library_click_and_itself() -> None:
    """Nothing else may creep in."""
    found = {name.partition(".")[0] for path in SOURCES for name in _imports(path)}
    assert found - sys.stdlib_module_names == {"click", "certwright_cli"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(CLI)))
def test_it_is_written_in_the_python_that_users_have(path: Path) -> None:
    """3.11 can read it."""
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 11))


def _imports(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    plain = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return plain + [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
