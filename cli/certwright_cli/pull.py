"""Keep a certificate's files current: fetch what is new, put it in place, have the server take it up.

What was last fetched, and whether the reload is still owed, is written down before a file is touched and again after
the reload. So a run that is cut off anywhere is made good by the next one:

before the files are in place    they differ from what is written down: fetched again
before the reload                it is owed: run again, even if nothing is new
"""

import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from certwright_cli.api import Api
from certwright_cli.errors import CliError, usage_error
from certwright_cli.exits import Exit
from certwright_cli.files import NewFile, explaining, prepared, replace_file
from certwright_cli.pem import Parts, check_pair, split

KINDS = ("bundle", "key", "fullchain", "certificate", "chain")
SECRET = ("bundle", "key")
LEAF_FIRST = ("bundle", "fullchain", "certificate")


@dataclass(frozen=True, slots=True)
class Target:
    """A file to keep current: which part of the bundle, where, with which mode and owner (-1: as it comes)."""

    kind: str
    path: Path
    mode: int
    uid: int = -1
    gid: int = -1

    def as_new_file(self, parts: Parts) -> NewFile:
        """Fill it."""
        return NewFile(self.path, getattr(parts, self.kind), self.mode, self.uid, self.gid)

    def describe(self) -> str:
        """Digest what is on the disk as the target wants it, empty where it is not so; raises `CliError`."""
        with explaining(self.path):
            try:
                with self.path.open("rb") as source:
                    found = os.fstat(source.fileno())
                    content = source.read()
            except FileNotFoundError:
                return ""
        is_so = stat.S_IMODE(found.st_mode) == self.mode and self.uid in (-1, found.st_uid)
        return hashlib.sha256(content).hexdigest() if is_so and self.gid in (-1, found.st_gid) else ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the last run left: the tag, the digests of the files, and whether a reload is owed."""

    etag: str = ""
    digests: dict[str, str] = field(default_factory=dict)
    is_reload_owed: bool = False

    def stands(self, targets: Sequence[Target]) -> bool:
        """Tell whether every file is as it was left."""
        return bool(self.etag) and all(
            self.digests.get(str(target.path)) == (target.describe() or None) for target in targets
        )


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a run did; `reload` is none, not-needed or done."""

    certificate: str
    changed: bool
    reload: str
    files: list[str]


def pull(
    api: Api, certificate_id: str, targets: Sequence[Target], place: Path, reload: Callable[[], None] | None
) -> Pulled:
    """Bring the files up to date; raises `CliError`. `place` is a file to remember in, of this set of targets alone."""
    with _alone(place):
        memory = _recall(place)
        fetched = api.read_bundle(certificate_id, memory.etag if memory.stands(targets) else "")
        is_changed = False
        if fetched:
            parts = split(fetched.pem)
            memory, is_changed = _put(parts, fetched.etag, targets, memory, place)
        done = _reload(memory, place, reload)
    return Pulled(certificate_id, is_changed, done, [str(target.path) for target in targets])


def _put(parts: Parts, etag: str, targets: Sequence[Target], memory: Memory, place: Path) -> tuple[Memory, bool]:
    """Write what differs; what is remembered comes first, so that a reload can't be forgotten."""
    if not parts.key and any(target.kind == "key" for target in targets):
        raise usage_error(
            "The key of this certificate never left its owner (it was requested by CSR): leave --key out."
        )
    files = {target: target.as_new_file(parts) for target in targets}
    digests = {str(target.path): hashlib.sha256(file.content).hexdigest() for target, file in files.items()}
    stale = [target for target in targets if target.describe() != digests[str(target.path)]]
    if not stale:
        memory = Memory(etag, digests, memory.is_reload_owed)
        _remember(place, memory)
        return memory, False
    with prepared(list(files.values())) as ready:
        _check(parts, files)
        memory = Memory(etag, digests, is_reload_owed=True)
        _remember(place, memory)
        ready.put_in_place()
    return memory, True


def _check(parts: Parts, files: dict[Target, NewFile]) -> None:
    """Have key and certificate tried together, as they lie there, where both are among the files."""
    keys = [file.waiting_path for target, file in files.items() if target.kind in SECRET]
    leaves = [file.waiting_path for target, file in files.items() if target.kind in LEAF_FIRST]
    if parts.key and keys and leaves:
        check_pair(leaves[0], keys[0])


def _reload(memory: Memory, place: Path, reload: Callable[[], None] | None) -> str:
    if reload is None:
        return "none"
    if not memory.is_reload_owed:
        return "not-needed"
    reload()
    _remember(place, Memory(memory.etag, memory.digests))
    return "done"


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Keep a second run of the same targets out; raises `CliError` at once where there is one."""
    with ExitStack() as held:
        with explaining(place.parent):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock_path = place.with_suffix(".lock")
        with explaining(lock_path):
            lock = held.enter_context(os.fdopen(os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sentence = "Another run keeps these files current right now: nothing was done."
                raise CliError(sentence, Exit.CONFLICT, "busy") from None
        yield


def _recall(place: Path) -> Memory:
    """Read what was remembered; what can't be understood is as good as nothing."""
    with explaining(place), suppress(FileNotFoundError, ValueError, TypeError):
        return Memory(**json.loads(place.read_bytes()))
    return Memory()


def _remember(place: Path, memory: Memory) -> None:
    replace_file(NewFile(place, json.dumps(asdict(memory)).encode()))


def memory_place(folder: Path, url: str, certificate_id: str, targets: Sequence[Target]) -> Path:
    """Name the file to remember a set of targets in."""
    words = "\n".join([url, certificate_id, *sorted(f"{target.kind} {target.path}" for target in targets)])
    return folder / f"pull-{hashlib.sha256(words.encode()).hexdigest()[:16]}.json"
