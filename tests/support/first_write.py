"""What a program writes to its standard output with its first write."""

import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from local.template import ROOT

PATIENCE_SECONDS = 60


@contextmanager
def first_write(command: Sequence[str], environment: Mapping[str, str], told: str = "") -> Iterator[bytes]:
    """Run a program until the context ends, and give its first write; a datagram socket keeps writes apart."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.settimeout(PATIENCE_SECONDS)
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=theirs.fileno(), text=True
        ) as program:
            try:
                assert program.stdin
                program.stdin.write(told)
                program.stdin.close()
                yield ours.recv(1000)
            finally:
                program.terminate()
                try:
                    program.wait(PATIENCE_SECONDS)
                except subprocess.TimeoutExpired:
                    program.kill()
                    raise
