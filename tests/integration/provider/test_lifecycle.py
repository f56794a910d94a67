"""Starting and ending the stand-in as a program."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.support.first_write import first_write
from tests.support.provider_process import ROOT, free_port

ADDRESSES = ("127.0.42.12", "127.0.42.63")


def command(port: int) -> list[str]:
    listening = ["--listen", f"{ADDRESSES[0]}:{port}", "--resolver", f"{ADDRESSES[1]}:{port}"]
    return [sys.executable, "-m", "local.provider", *listening]


def start(port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(command(port), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    """It says one line when it serves, ends with 0, says nothing more, and its ports are free again."""
    port = free_port(ADDRESSES)
    with start(port) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        process.send_signal(number)
        rest, errors = process.communicate(timeout=60)
    assert ready.startswith(f"ready dns={ADDRESSES[0]}:{port} resolver={ADDRESSES[1]}:{port} http=127.0.0.1:")
    assert (process.returncode, rest, errors) == (0, "", "")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ADDRESSES[0], port))


def test_readiness_is_told_in_one_write() -> None:
    """Who waits for the line never sees half of it."""
    port = free_port(ADDRESSES)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with first_write(command(port), environment) as said:
        assert said.startswith(b"ready dns=")
        assert said.endswith(b"\n")


def test_a_port_in_use_is_told() -> None:
    """It ends with 1 and says why, in one line without a trace."""
    port = free_port(ADDRESSES)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind((ADDRESSES[1], port))
        with start(port) as process:
            rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest) == (1, "")
    assert errors.startswith("The DNS provider can't start: ")
    assert "Address already in use" in errors
    assert errors.count("\n") == 1
