"""tools/setup, with programs that stand in for what it fetches: no network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
GO = """#!/bin/sh
echo "$1" >>"{folder}/calls"
[ ! -e "{folder}/broken" ] || exit 1
case "$1" in
  install) echo pebble >"$GOBIN/pebble" && chmod +x "$GOBIN/pebble" ;;
  mod) printf '{{\\n\\t"Path": "pebble",\\n\\t"Dir": "{folder}/module",\\n\\t"Sum": ""\\n}}\\n' ;;
esac
"""
NO_PYTHON = "#!/bin/sh\nexit 1\n"


class Clone:
    """A fresh clone on a machine with a Go toolchain that only writes down what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "clone"
        shutil.copytree(REPOSITORY / "tools", self.root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "module/test/certs").mkdir(parents=True)
        (folder / "module/test/certs/pebble.minica.pem").write_text("certificate")
        self.add_program(folder / "bin/go", GO.format(folder=folder))
        self.add_program(self.root / "tools/find-python", NO_PYTHON)

    @staticmethod
    def add_program(path: Path, text: str) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def setup(self, *parts: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        command = [str(self.root / "tools/setup"), *parts]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def builds(self) -> int:
        return (self.folder / "calls").read_text().split().count("install")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A fresh clone."""
    return Clone(tmp_path)


def test_pebble_and_its_certificates_land_in_tools(clone: Clone) -> None:
    """Local mode and the tests find both there."""
    result = clone.setup("pebble")
    assert result.returncode == 0, result.stderr
    assert (clone.root / ".tools/bin/pebble").exists()
    assert (clone.root / ".tools/pebble/certs/pebble.minica.pem").read_text() == "certificate"


def test_what_is_there_is_not_made_again(clone: Clone) -> None:
    """The second run does nothing."""
    clone.setup("pebble")
    assert clone.setup("pebble").returncode == 0
    assert clone.builds() == 1


def test_what_was_removed_is_made_again(clone: Clone) -> None:
    """A stamp without its files counts for nothing."""
    clone.setup("pebble")
    (clone.root / ".tools/bin/pebble").unlink()
    assert clone.setup("pebble").returncode == 0
    assert (clone.root / ".tools/bin/pebble").exists()


def test_a_part_that_failed_is_made_again(clone: Clone) -> None:
    """A failure leaves nothing that looks finished."""
    (clone.folder / "broken").touch()
    assert clone.setup("pebble").returncode != 0
    (clone.folder / "broken").unlink()
    assert clone.setup("pebble").returncode == 0
    assert (clone.root / ".tools/bin/pebble").exists()


def test_an_unknown_part_is_refused_by_name(clone: Clone) -> None:
    """The message lists the parts there are."""
    result = clone.setup("pebbles")
    assert result.returncode != 0
    assert "there is no part 'pebbles'; the parts are dev, pebble, sam, debian and dynamodb" in result.stderr


def test_an_environment_behind_a_link_is_left_alone(clone: Clone) -> None:
    """Making it anew would empty what the link leads to, which is somebody else's."""
    others = clone.folder / "others"
    others.mkdir()
    (others / "precious").touch()
    (clone.root / ".venv").symlink_to(others)
    (clone.root / "requirements").mkdir()
    for lock in ("dev", "uv"):
        (clone.root / f"requirements/{lock}.txt").touch()
    clone.add_program(clone.root / "tools/find-python", f"#!/bin/sh\necho {sys.executable}\n")
    result = clone.setup("dev")
    assert result.returncode != 0
    assert ".venv is a link: remove it" in result.stderr
    assert (others / "precious").exists()
