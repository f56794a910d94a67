"""Pin the dependencies from requirements/*.in, and check that the pins still fit.

A lock holds exact versions, with hashes of every file of each version, for every platform. It names no registry and
no folder: it installs from wherever pip or uv is configured to look. Its header carries a digest of the requirements
it was made from.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent

# In this order: the development lock follows the versions of the layer's, the node's and its image's.
LOCKS = {
    "requirements/uv.in": "requirements/uv.txt",
    "requirements/go.in": "requirements/go.txt",
    "requirements/layer.in": "layers/certwright/requirements.txt",
    "requirements/node.in": "dnsnode/requirements.txt",
    "requirements/image.in": "dnsnode/image-requirements.txt",
    "requirements/dev.in": "requirements/dev.txt",
    "requirements/sam.in": "requirements/sam.txt",
}
DEPLOYED = ("layers/certwright/requirements.txt", "dnsnode/requirements.txt", "dnsnode/image-requirements.txt")
DEVELOPMENT = "requirements/dev.txt"

COMPILE = (
    *("pip", "compile", "--quiet", "--system-certs", "--universal", "--python-version=3.13"),
    *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
)

COMMENT = re.compile(r"(^|\s)#.*")
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?P<version>[^ ;]+)( ; .*)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass
class Pin:
    """One package of a lock."""

    version: Version
    hashes: int = 0


def read_lines(root: Path, source: str) -> Iterator[str]:
    """Read the meaningful lines of an .in file and of those it includes."""
    for raw in (root / source).read_text().splitlines():
        line = COMMENT.sub("", raw).strip()
        if line.startswith("-r "):
            yield from read_lines(root, os.path.normpath(Path(source).parent / line.removeprefix("-r ")))
        elif line:
            yield line


def digest(root: Path, source: str) -> str:
    """Summarize what an .in file asks for, whatever its comments say."""
    return hashlib.sha256("\n".join(read_lines(root, source)).encode()).hexdigest()[:16]


def read_pins(text: str) -> dict[str, Pin]:
    """Read a lock by canonical name. Raises ValueError for a line that is neither pin, hash nor comment."""
    pins: dict[str, Pin] = {}
    name = ""
    for raw in text.splitlines():
        line = COMMENT.sub("", raw).strip().removesuffix("\\").rstrip()
        if pin := PIN.fullmatch(line):
            name = canonicalize_name(pin["name"])
            pins[name] = Pin(Version(pin["version"]))
        elif name and HASH.fullmatch(line):
            pins[name].hashes += 1
        elif line:
            raise ValueError(f"unexpected line: {line}")
    return pins


def find_problems(root: Path, source: str, lock: str) -> Iterator[str]:
    """Say what is wrong with one lock, in a sentence each."""
    text = (root / lock).read_text()
    try:
        pins = read_pins(text)
    except ValueError as error:
        yield f"{lock}: {error}"
        return
    if digest(root, source) not in text:
        yield f"{lock}: was not made from {source} as it is now"
    yield from (f"{lock}: {name} has no hash" for name, pin in pins.items() if not pin.hashes)
    for line in read_lines(root, source):
        if not line.startswith("-c "):
            yield from find_misfit(Requirement(line), pins, source, lock)


def find_misfit(requirement: Requirement, pins: dict[str, Pin], source: str, lock: str) -> Iterator[str]:
    """Say how a lock fails one requirement, if it does."""
    pin = pins.get(canonicalize_name(requirement.name))
    if pin is None:
        yield f"{lock}: {requirement.name} is missing, {source} asks for it"
    elif not requirement.specifier.contains(pin.version, prereleases=True):
        yield f"{lock}: {requirement.name} is {pin.version}, {source} asks for {requirement.specifier}"


def find_differences(root: Path) -> Iterator[str]:
    """Say where the development lock differs from what is deployed."""
    development = read_pins((root / DEVELOPMENT).read_text())
    for lock in DEPLOYED:
        for name, pin in read_pins((root / lock).read_text()).items():
            if name not in development or development[name].version != pin.version:
                yield f"{DEVELOPMENT}: {name} is not the {pin.version} of {lock}"


def check(root: Path) -> list[str]:
    """Say everything that is wrong with the locks."""
    problems = [problem for source, lock in LOCKS.items() for problem in find_problems(root, source, lock)]
    return problems or list(find_differences(root))


def compile_all(root: Path, uv: Path, upgrade: bool) -> None:
    """Write every lock again. Pins are kept where they still fit, unless `upgrade`."""
    for source, lock in LOCKS.items():
        command = [str(uv), *COMPILE, "--output-file", lock, source]
        command += ["--upgrade"] if upgrade else []
        header = f"make lock  (from {source}, {digest(root, source)})"
        subprocess.run(command, cwd=root, check=True, env=os.environ | {"UV_CUSTOM_COMPILE_COMMAND": header})


def main() -> int:
    """Run as a program: 0 if the locks are right."""
    parser = argparse.ArgumentParser(prog="python -m tools.locks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="check the locks, without the network")
    make = commands.add_parser("make", help="write the locks again")
    make.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    arguments = parser.parse_args()
    if arguments.command == "make":
        compile_all(ROOT, ROOT / ".tools/uv/bin/uv", arguments.upgrade)
    problems = check(ROOT)
    print("\n".join([*problems, "Run `make lock`."]) if problems else f"{len(LOCKS)} locks fit")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
