"""What somebody at a terminal sees, and what is kept from them."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.conftest import reply
from tests.integration.cli.test_process import MANY, WAITING, logged_in
from tests.support.cli_program import SECONDS, Cli
from tests.support.http_servers import saying

LOCAL = "127.0.0.1"
ESCAPE = "\x1b"
COLOR = f"{ESCAPE}[32m"


def start(command: list[str], terminal: int, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start a program at a terminal, away from the one that the tests may have."""
    return subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment, start_new_session=True
    )


def at_terminal(cli: Cli, *words: str) -> tuple[int, str]:
    """Run a command whose input, output and errors are a terminal; tells the exit code and what was shown."""
    ours, theirs = pty.openpty()
    command = [str(cli.home / "bin/certwright"), *words]
    process = start(command, theirs, {"TERM": "xterm", **cli.environment})
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65_536):
            shown += piece
    except OSError:
        pass  # how Linux tells that nobody holds the other end any more
    finally:
        os.close(ours)
        code = process.wait(SECONDS)
    return code, shown.decode()


@pytest.mark.parametrize(
    ("variables", "is_colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colors_are_for_terminals_that_want_them(variables: dict[str, str], is_colored: bool, tmp_path: Path) -> None:
    """NO_COLOR and a dumb terminal get none, as a pipe does."""
    with saying(LOCAL, reply("200 OK", MANY)) as server:
        code, shown = at_terminal(logged_in(tmp_path, server.port, **variables), "list", "--limit", "2")
        piped = logged_in(tmp_path, server.port).run("list", "--limit", "2")
    assert (code, COLOR in shown) == (0, is_colored)
    assert ESCAPE not in piped.output


def test_a_wait_at_a_terminal_shows_that_it_is_alive(tmp_path: Path) -> None:
    """One line that is rewritten, gone at the end; on a dumb terminal only what changes."""
    with saying(LOCAL, reply("200 OK", WAITING)) as server:
        code, shown = at_terminal(logged_in(tmp_path, server.port), "wait", "crt_1", "--timeout", "2")
        _, dumb = at_terminal(logged_in(tmp_path, server.port, TERM="dumb"), "wait", "crt_1", "--timeout", "1")
    assert code == 11
    assert "Ctrl-C stops waiting" in shown
    assert shown.count("  waiting: Add the record.") == 1
    assert ESCAPE not in dumb


def test_a_private_key_is_not_shown_on_a_terminal(tmp_path: Path, bundle_pem: bytes) -> None:
    """It would stay in the scroll-back: refused before it is fetched; a pipe gets it."""
    with saying(LOCAL, reply("200 OK", bundle_pem)) as server:
        cli = logged_in(tmp_path, server.port)
        code, shown = at_terminal(cli, "bundle", "crt_1")
        assert (code, "--out FILE" in shown, server.heard) == (2, True, [])
        assert cli.run("bundle", "crt_1").output == bundle_pem.decode()


def test_a_typed_token_is_not_shown(tmp_path: Path) -> None:
    """Asked for where nothing else gives it, and not echoed."""
    with saying(LOCAL, reply("200 OK", {"items": [], "cursor": None})) as server:
        cli = Cli(tmp_path)
        ours, theirs = pty.openpty()
        command = [str(tmp_path / "bin/certwright"), "login", f"http://{LOCAL}:{server.port}"]
        process = start(command, theirs, cli.environment)
        os.close(theirs)
        shown = os.read(ours, 100)
        while b"Token" not in shown:
            shown += os.read(ours, 100)
        os.write(ours, b"cw_tokweb_Typed\n")
        while b"Logged in" not in shown:
            shown += os.read(ours, 1000)
        os.close(ours)
        assert process.wait(SECONDS) == 0
    assert b"Typed" not in shown
    assert b"Bearer cw_tokweb_Typed" in server.heard[0]
