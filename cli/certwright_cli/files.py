"""Files that are replaced as a whole: a reader sees the old content or the new, never half of it."""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from certwright_cli.errors import CliError, file_error, usage_error

_MAX_BYTES = 64 * 1024
_SENTENCES = {
    errno.ENOSPC: "the disk is full: make room",
    errno.EDQUOT: "the quota is used up: make room",
    errno.EFBIG: "a file may not become this large here: raise the limit (ulimit -f)",
    errno.EROFS: "the file system is mounted read-only",
    errno.EACCES: "permission denied: run it as a user who may write there",
    errno.EPERM: "this user may not do that: run it as root, or leave --owner out",
    errno.ENOENT: "the folder does not exist: make it first",
    errno.ENOTDIR: "a part of the path is no folder",
    errno.EISDIR: "there is a folder of that name",
}


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file as it shall be; `uid` and `gid` of -1 are left as they come."""

    path: Path
    content: bytes
    mode: int = 0o600
    uid: int = -1
    gid: int = -1

    @property
    def waiting_path(self) -> Path:
        """Where the content lies until it is whole."""
        return self.path.with_name(f".{self.path.name}.certwright-new")


def replace_file(file: NewFile) -> None:
    """Write a file beside its place, then move it there; raises `CliError` and leaves the old one."""
    with prepared([file]) as ready:
        ready.put_in_place()


def read_text(path: Path) -> str:
    """Read a small text file that the user named; raises `CliError`."""
    with explaining(path):
        try:
            with path.open("rb") as source:
                return source.read(_MAX_BYTES).decode()
        except FileNotFoundError as error:
            raise usage_error(f"There is no file {path}.") from error
        except UnicodeDecodeError as error:
            raise usage_error(f"{path} is no text file: PEM is meant.") from error


class Prepared:
    """Files that are written, whole and on the disk, under their waiting names."""

    def __init__(self, files: Sequence[NewFile]) -> None:
        self._files = files

    def put_in_place(self) -> None:
        """Rename all of them; the renames survive a loss of power."""
        for file in self._files:
            with explaining(file.path):
                file.waiting_path.replace(file.path)
        for folder in {file.path.parent for file in self._files}:
            with explaining(folder):
                _sync_folder(folder)


@contextmanager
def prepared(files: Sequence[NewFile]) -> Iterator[Prepared]:
    """Write files under their waiting names; what is not put in place is removed at the end."""
    with ExitStack() as written:
        for file in files:
            written.callback(_remove, file.waiting_path)
            with explaining(file.path):
                _write(file)
        yield Prepared(files)


def _write(file: NewFile) -> None:
    """Give the file its owner and mode while it is still empty, then its content."""
    _remove(file.waiting_path)  # of a run that was killed
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(file.waiting_path, flags, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        if (file.uid, file.gid) != (-1, -1):
            os.fchown(descriptor, file.uid, file.gid)
        os.fchmod(descriptor, file.mode)
        target.write(file.content)
        target.flush()
        os.fsync(descriptor)


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Turn what the system says about a path into a sentence with a remedy."""
    try:
        yield
    except OSError as error:
        raise explain(path, error) from error


def explain(path: Path, error: OSError) -> CliError:
    """Build the error for a path that the system refused."""
    return file_error(f"{path}: {_SENTENCES.get(error.errno or 0, error.strerror or str(error))}.")
