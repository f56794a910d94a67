"""The command-line client as users install it: with pip and with uv, from the repository's folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import certwright_cli

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300
UNREACHABLE = ("NewConnectionError", "Failed to fetch", "Failed to resolve", "error sending request", "timed out")
"""What pip and uv say where there is no network, or another registry than the one they ask."""
SERVERS = ("boto3", "aws_lambda_powertools", "cryptography", "dns", "pydantic", "certwright")

pytestmark = [pytest.mark.network, pytest.mark.enable_socket]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The folder `cli` of a clone; building leaves nothing in this one."""
    copy = tmp_path / "clone/cli"
    shutil.copytree(ROOT / "cli", copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def call(*command: str, folder: Path, **variables: str) -> str:
    """Run a program to its end, and return what it printed."""
    environment = {"HOME": str(folder), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", **_mirror()}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode and any(word in done.stderr for word in UNREACHABLE):
        pytest.skip(f"no package registry can be reached from here: {done.stderr[-300:]}")
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def _mirror() -> dict[str, str]:
    """Pass on where packages come from on this machine."""
    ours = ("PIP_", "UV_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    return {name: value for name, value in os.environ.items() if name.upper().startswith(ours)}


def prove(program: Path, python: Path, folder: Path) -> None:
    """See that the program runs, and that nothing of the server's came with it."""
    assert certwright_cli.__version__ in call(str(program), "--version", folder=folder)
    assert "Keep a certificate's files current" in call(str(program), "pull", "--help", folder=folder)
    look = f"import importlib.util as u; print([n for n in {SERVERS!r} if u.find_spec(n)])"
    assert call(str(python), "-c", look, folder=folder).strip() == "[]"


def test_pip_installs_it(source: Path, tmp_path: Path) -> None:
    """`pip install ./cli` in an environment of its own."""
    home = tmp_path / "home"
    home.mkdir()
    call(sys.executable, "-m", "venv", str(home / "venv"), folder=home)
    python = home / "venv/bin/python"
    call(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(source), folder=home)
    prove(home / "venv/bin/certwright", python, home)


def test_uv_installs_it_as_a_tool(source: Path, tmp_path: Path) -> None:
    """`uv tool install ./cli`, with the uv that the repository pins, or one on the PATH."""
    uv = shutil.which(ROOT / ".tools/uv/bin/uv") or shutil.which("uv")
    if uv is None:
        pytest.skip("uv is missing: run `make setup`")
    home = tmp_path / "home"
    home.mkdir()
    folders = {"UV_TOOL_DIR": str(home / "tools"), "UV_TOOL_BIN_DIR": str(home / "bin"), "UV_SYSTEM_CERTS": "1"}
    call(uv, "tool", "install", "--quiet", "--python", sys.executable, str(source), folder=home, **folders)
    prove(home / "bin/certwright", home / "tools/certwright-cli/bin/python", home)
    assert "certwright-cli" in call(uv, "tool", "list", folder=home, **folders)
    call(uv, "tool", "uninstall", "certwright-cli", folder=home, **folders)
    assert not (home / "bin/certwright").exists()
