"""Looks at the processes of this machine by way of /proc, where any may be gone between two looks."""

from collections.abc import Iterable
from pathlib import Path

from tests.support.eventually import eventually


def is_running(pid: int) -> bool:
    """Tell whether a process is there and no zombie, which waits for nothing but its parent."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def command_line(pid: int) -> str:
    """Read a process's command line; empty for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def children(pid: int) -> list[int]:
    """List the processes that a process started, by any of its threads."""
    try:
        tasks = [entry.joinpath("children").read_text() for entry in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []
    return [int(child) for task in tasks for child in task.split()]


def descendants(pid: int) -> list[int]:
    """List the processes that a process started, and those that they started."""
    found = children(pid)
    return [*found, *(below for child in found for below in descendants(child))]


def await_end(pids: Iterable[int]) -> None:
    """Wait until none of the processes is running."""
    eventually(lambda: [pid for pid in pids if is_running(pid)], [])
