"""Starting and ending the stand-in as a program."""

import signal
import socket
import subprocess
import sys

import pytest

from tests.support.provider_process import ROOT, free_port

ADDRESSES = ("127.0.42.12", "127.0.42.63")


def start(port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "local.provider", "--listen", f"{ADDRESSES[0]}:{port}"]
    command += ["--resolver", f"{ADDRESSES[1]}:{port}"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    """It says one line when it serves, ends with 0, says nothing more, and its ports are free again."""
    port = free_port(ADDRESSES)
    with start(port) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        process.send_signal(number)
        rest, errors = process.communicate(timeout=10)
    assert ready.startswith(f"ready dns={ADDRESSES[0]}:{port} resolver={ADDRESSES[1]}:{port} http=127.0.0.1:")
    assert (process.returncode, rest, errors) == (0, "", "")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ADDRESSES[0], port))


def test_a_port_in_use_is_told() -> None:
    """It ends with 1 and says why, in one line without a trace."""
    port = free_port(ADDRESSES)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind((ADDRESSES[1], port))
        with start(port) as process:
            rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest) == (1, "")
    assert errors.startswith("The DNS provider can't start: ")
    assert "Address already in use" in errors
    assert errors.count("\n") == 1
