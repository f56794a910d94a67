"""Run a command that gets SIGTERM when the process that started it is gone: `leash.py PARENT COMMAND…`.

The kernel sends it (PR_SET_PDEATHSIG), so it also works when that process was killed. It is set here, by a process of
its own that then becomes the command, since Python code between fork and exec is not safe beside threads. The kernel
watches the *thread* that started the child: children are started from threads that live as long.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Have the kernel send this process SIGTERM when its parent ends; on Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main() -> None:
    """Become the command."""
    parent, *command = sys.argv[1:]
    end_with_parent()
    if os.getppid() != int(parent):
        sys.exit("the process that started this is gone")
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
