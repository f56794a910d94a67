"""What only a process of its own shows: signals, pipes, limits, who may read what."""

import contextlib
import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.conftest import TOKEN, reply
from tests.support.cli_program import SECONDS, Cli
from tests.support.http_servers import saying

LOCAL = "127.0.0.1"
WAITING = {"id": "crt_1", "state": "waiting", "message": "Add the record.", "current": None, "attempt": None}
SUMMARY = {
    "state": "issued",
    "challenge": "dns-01",
    "names": ["example.test"],
    "names_total": 1,
    "expires_at": None,
    "renew_at": None,
}
MANY = {"items": [{"id": f"crt_{number:032x}", **SUMMARY} for number in range(2000)], "cursor": None}


def logged_in(home: Path, port: int, **variables: str) -> Cli:
    """A user who has a token for the server at a port."""
    return Cli(home, {"CERTWRIGHT_URL": f"http://{LOCAL}:{port}", "CERTWRIGHT_TOKEN": TOKEN, **variables})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_wait_ends_with_a_word(number: int, tmp_path: Path) -> None:
    """130, by Ctrl-C or by a signal to end, once it is waiting."""
    with saying(LOCAL, reply("200 OK", WAITING)) as server:
        cli = logged_in(tmp_path, server.port)
        command = [str(tmp_path / "bin/certwright"), "wait", "crt_1"]
        environment = cli.environment
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as waiting:
            assert waiting.stderr is not None
            assert "waiting: Add the record." in waiting.stderr.readline()
            waiting.send_signal(number)
            _, errors = waiting.communicate(timeout=SECONDS)
    assert (waiting.returncode, errors) == (130, "certwright: Interrupted.\n")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """`| head -1` gets its line and nothing is complained about; the pipe's exit code is the usual one."""
    with saying(LOCAL, reply("200 OK", MANY)) as server:
        ran = logged_in(tmp_path, server.port).shell("certwright list --limit 0 | head -1; echo ${PIPESTATUS[0]}")
    assert ran.output.splitlines()[0].startswith("ID ")
    assert (ran.output.splitlines()[1], ran.errors) == ("141", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is not there")
def test_output_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """A full disk under a redirect is a failure, not a short file and success."""
    with saying(LOCAL, reply("200 OK", MANY)) as server:
        ran = logged_in(tmp_path, server.port).shell("certwright list > /dev/full")
    assert (ran.code, "No space left on device" in ran.errors) == (13, True), ran
    assert "Traceback" not in ran.errors


def test_a_token_is_read_from_standard_input_and_saved_for_its_user_only(tmp_path: Path) -> None:
    """0600 in a folder of 0700, whatever the umask; the token is on no command line."""
    with saying(LOCAL, reply("200 OK", {"items": [], "cursor": None})) as server:
        cli = Cli(tmp_path)
        ran = cli.shell(f"umask 0; certwright login http://{LOCAL}:{server.port}/ --token-file -", typed=f"{TOKEN}\n")
        assert ran.code == 0, ran
        assert cli.run("list").code == 0
    path = tmp_path / ".config/certwright/config.json"
    assert [stat.S_IMODE(item.stat().st_mode) for item in (path, path.parent)] == [0o600, 0o700]
    assert TOKEN not in ran.output + ran.errors
    assert all(f"Bearer {TOKEN}".encode() in heard for heard in server.heard)
    path.chmod(0o644)
    refused = cli.run("list")
    assert (refused.code, f"chmod 600 {path}" in refused.errors) == (2, True), refused


def test_a_token_that_the_server_refuses_is_not_saved(tmp_path: Path) -> None:
    """A login that failed leaves things as they were."""
    with saying(LOCAL, reply("401 Unauthorized", {"detail": "This token is not known."})) as server:
        ran = Cli(tmp_path).run("login", f"http://{LOCAL}:{server.port}", typed=TOKEN)
    assert ran.code == 3
    assert not (tmp_path / ".config").exists()


def test_a_reload_command_gets_no_token(tmp_path: Path, bundle_pem: bytes) -> None:
    """The child knows the certificate's id; what the client was given to log in with stays with it."""
    with saying(LOCAL, reply("200 OK", bundle_pem, 'ETag: "a"')) as server:
        cli = logged_in(tmp_path, server.port)
        ran = cli.run("pull", "crt_1", "--bundle", str(tmp_path / "b.pem"), "--reload", "env")
    assert ran.code == 0, ran
    assert "CERTWRIGHT_CERTIFICATE=crt_1" in ran.errors
    assert TOKEN not in ran.errors


def test_a_full_disk_leaves_the_old_files(tmp_path: Path, bundle_pem: bytes) -> None:
    """Nothing is half written: a limit on the size of files ends the run with exit code 13 and what to do."""
    path = tmp_path / "b.pem"
    path.write_bytes(b"the old bundle")
    with saying(LOCAL, reply("200 OK", bundle_pem, 'ETag: "a"')) as server:
        cli = logged_in(tmp_path, server.port)
        command = f"ulimit -f 1; trap '' XFSZ; certwright pull crt_1 --bundle {path} --reload 'touch reloaded'"
        ran = cli.shell(command)
        assert (ran.code, "raise the limit" in ran.errors) == (13, True), ran
        assert path.read_bytes() == b"the old bundle"
        assert not (tmp_path / "reloaded").exists()
        assert [item.name for item in tmp_path.glob("*.certwright-new")] == []
        assert cli.run("pull", "crt_1", "--bundle", str(path), "--reload", "touch reloaded").code == 0
    assert path.read_bytes() == bundle_pem
    assert (tmp_path / "reloaded").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_disk_without_room_leaves_the_old_files(tmp_path: Path, bundle_pem: bytes) -> None:
    """A tiny tmpfs, full but for the old file: exit code 13, and the old file stands."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", disk], check=False).returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        (disk / "b.pem").write_bytes(b"the old bundle")
        fill(disk / "filler")
        with saying(LOCAL, reply("200 OK", bundle_pem, 'ETag: "a"')) as server:
            ran = logged_in(tmp_path, server.port).run("pull", "crt_1", "--bundle", str(disk / "b.pem"))
        assert (ran.code, "the disk is full" in ran.errors) == (13, True), ran
        assert (disk / "b.pem").read_bytes() == b"the old bundle"
        assert len(list(disk.iterdir())) == 2
    finally:
        subprocess.run(["umount", disk], check=True)


def fill(path: Path) -> None:
    """Write until there is no room."""
    with path.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(bytes(4096)):
            continue


def test_a_command_that_hangs_is_ended(tmp_path: Path, bundle_pem: bytes) -> None:
    """With all it started; exit code 12."""
    with saying(LOCAL, reply("200 OK", bundle_pem, 'ETag: "a"')) as server:
        cli = logged_in(tmp_path, server.port)
        hanging = "sh -c 'sleep 1000 & echo $! > child; wait'"
        ran = cli.run("pull", "crt_1", "--bundle", "b.pem", "--reload", hanging, "--reload-timeout", "2")
    assert (ran.code, "took longer than 2 s" in ran.errors) == (12, True), ran
    child = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    assert not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z"
