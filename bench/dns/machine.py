"""The machine under measurement: cores, the processor time and the memory of a server with all its processes."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def on_cores(command: Sequence[str], cores: Sequence[int]) -> list[str]:
    """Give the command that runs another on some cores alone."""
    return ["taskset", "-c", ",".join(map(str, cores)), *command]


def stay_on_core(core: int) -> None:
    """Keep this process on one core."""
    os.sched_setaffinity(0, {core})


def take_precedence(pid: int, priority: int) -> None:
    """Set a process's nice value, and that of its session, which the kernel weighs first (sched(7), autogroup)."""
    if priority:
        os.setpriority(os.PRIO_PROCESS, pid, priority)
        group = Path(f"/proc/{pid}/autogroup")
        if group.exists():
            group.write_text(str(priority))


@contextmanager
def real_time(session: int, *, wanted: bool) -> Iterator[None]:
    """Let a session and this process run before all that is not of real time (sched(7), SCHED_RR); needs root."""
    threads = [int(task.name) for folder in _processes(session) for task in (folder / "task").iterdir()] + [0]
    try:
        for thread in threads if wanted else ():
            os.sched_setscheduler(thread, os.SCHED_RR, os.sched_param(1))
        yield
    finally:
        for thread in threads if wanted else ():
            os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))


def read_cpu_seconds(session: int) -> float:
    """Add up the processor time of all threads of a session."""
    nanoseconds = 0
    for folder in _processes(session):
        for task in (folder / "task").iterdir():
            nanoseconds += int(_read(task / "schedstat").split()[0] or 0)
    return nanoseconds / 1e9


def read_memory_mib(session: int) -> float:
    """Add up the resident memory of a session, shared pages by their share."""
    kib = 0
    for folder in _processes(session):
        lines = [line for line in _read(folder / "smaps_rollup").splitlines() if line.startswith("Pss:")]
        kib += sum(int(line.split()[1]) for line in lines)
    return kib / 1024


def _processes(session: int) -> Iterator[Path]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            fields = _read(folder / "stat").rpartition(")")[2].split()
            if len(fields) > 3 and int(fields[3]) == session:
                yield folder


def _read(path: Path) -> str:
    """Read, or find nothing where the process has just ended."""
    try:
        return path.read_text() or "0"
    except OSError:
        return "0"
