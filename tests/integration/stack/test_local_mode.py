"""`python -m local` starts the whole system, says where it is, and leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local.pebble import PebbleMissingError, find_binary
from local.template import ROOT
from tests.support.process_table import await_end, descendants

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

MARK = "the-gate-that-runs-this-test"


@pytest.fixture
def local(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start it in a folder for temporary files of its own."""
    try:
        find_binary()
    except PebbleMissingError as error:
        pytest.skip(str(error))
    environment = {**os.environ, "TMPDIR": str(tmp_path), "AWS_ENDPOINT_URL": "", "CERTWRIGHT_GATE": MARK}
    process = subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def _read_until_ready(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout
    said: dict[str, str] = {}
    for line in process.stdout:
        if found := re.fullmatch(r"  ([A-Z][^:]+): +(\S+).*\n", line):
            said[found[1]] = found[2]
        if line.startswith("Try "):
            return said
    process.wait()
    assert process.stderr
    raise AssertionError(process.stderr.read())


def test_it_serves_with_the_token_it_prints_and_stops_at_ctrl_c(local: subprocess.Popen[str], tmp_path: Path) -> None:
    """The API takes the admin token and refuses others; after Ctrl-C no process and no file is left.

    Every process carries the gate's mark, so that the gate would find one that is left.
    """
    said = _read_until_ready(local)
    children = descendants(local.pid)
    assert len(children) >= 6
    environments = {pid: Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") for pid in children}
    assert [pid for pid, variables in environments.items() if f"CERTWRIGHT_GATE={MARK}".encode() not in variables] == []

    answers = []
    for token in (said["Admin token"], "cw_admin_wrong"):
        connection = HTTPConnection(urlsplit(said["API"]).netloc, timeout=60)
        connection.request("GET", "/v1/owners", headers={"authorization": f"Bearer {token}"})
        response = connection.getresponse()
        answers.append((response.status, json.load(response)))
        connection.close()
    (status, owners), (refused, _) = answers
    assert (status, refused) == (200, 401)
    assert owners["items"]

    local.send_signal(signal.SIGINT)
    output, errors = local.communicate(timeout=120)
    assert local.returncode == 0, errors
    assert "nothing is left running" in output
    await_end(children)
    assert not list(tmp_path.glob("certwright-*"))


def test_nothing_outlives_it_when_it_is_killed(local: subprocess.Popen[str]) -> None:
    """SIGKILL gives it no chance to clean up; the kernel tells the children."""
    _read_until_ready(local)
    children = descendants(local.pid)
    local.kill()
    local.wait()
    await_end(children)
