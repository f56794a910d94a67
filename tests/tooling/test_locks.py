"""tools/locks.py finds what is wrong with a lock; the repository's own locks are right."""

import shutil
from pathlib import Path

import pytest

from tools import locks

REPOSITORY = Path(__file__).parents[2]
LAYER = "layers/certwright/requirements.txt"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the repository's requirements and locks."""
    for name in [*locks.LOCKS, *locks.LOCKS.values()]:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, target)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_locks_of_this_repository_fit() -> None:
    """What is deployed and tested is what requirements/*.in ask for."""
    assert locks.check(REPOSITORY) == []


def test_a_requirement_changed_without_its_lock_is_noticed(root: Path) -> None:
    """The development lock includes the layer's requirements, so that both are named."""
    edit(root / "requirements/layer.in", "acme~=5.9", "acme~=6.0")
    problems = locks.check(root)
    assert f"{LAYER}: was not made from requirements/layer.in as it is now" in problems
    assert any(
        p.startswith(f"{LAYER}: acme is ") and p.endswith("requirements/layer.in asks for ~=6.0") for p in problems
    )
    assert "requirements/dev.txt: was not made from requirements/dev.in as it is now" in problems


def test_a_requirement_that_is_not_pinned_is_noticed(root: Path) -> None:
    """A new line in an .in file needs a new lock."""
    with (root / "requirements/node.in").open("a") as source:
        source.write("attrs\n")
    assert "dnsnode/requirements.txt: attrs is missing, requirements/node.in asks for it" in locks.check(root)


def test_a_comment_may_change_without_a_new_lock(root: Path) -> None:
    """Words about requirements are not requirements."""
    edit(root / "requirements/layer.in", "# What", "# Exactly what")
    assert locks.check(root) == []


def test_a_pin_without_a_hash_is_noticed(root: Path) -> None:
    """Every file that is installed is known beforehand."""
    lock = root / "dnsnode/requirements.txt"
    lock.write_text("\n".join(line for line in lock.read_text().splitlines() if "--hash" not in line))
    assert "dnsnode/requirements.txt: dnslib has no hash" in locks.check(root)


@pytest.mark.parametrize(
    "line",
    ["--index-url https://packages.example/simple", "--find-links /srv/wheels", "attrs @ file:///srv/attrs.whl"],
)
def test_a_lock_that_names_a_registry_or_a_folder_is_refused(root: Path, line: str) -> None:
    """A lock works on every machine."""
    with (root / LAYER).open("a") as lock:
        lock.write(f"{line}\n")
    assert f"{LAYER}: unexpected line: {line}" in locks.check(root)


def test_tests_run_on_what_is_deployed(root: Path) -> None:
    """A version that differs between the layer and the development environment is noticed."""
    lock = root / "requirements/dev.txt"
    pinned = locks.read_pins(lock.read_text())["acme"].version
    edit(lock, f"acme=={pinned}", "acme==5.999")
    assert f"requirements/dev.txt: acme is not the {pinned} of {LAYER}" in locks.check(root)
