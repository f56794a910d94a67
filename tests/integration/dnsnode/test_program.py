"""The program itself: its file, its signals, its errors."""

import copy
import socket
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.integration.dnsnode.samples import EMPTY_UUID, OTHER, RECORDS, UUID, ZONE
from tests.support.dns_client import ask
from tests.support.eventually import eventually
from tests.support.node_process import NodeProcess, node_command, node_environment, write_records
from tests.support.process_table import await_end


def run(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    command = [*node_command(), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=node_environment({}), check=False)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A records file of this test's own."""
    return write_records(tmp_path / "records.json", RECORDS)


def seen(node: NodeProcess, name: str) -> tuple[str, str, list[str]]:
    """Ask for TXT and sum up what came."""
    response = ask(node.dns, name)
    return name, response.rcode, response.answers


def changed(**fields: Any) -> dict[str, Any]:
    """Copy the records with other fields."""
    return copy.deepcopy(RECORDS) | fields


def test_sighup_serves_the_file_as_it_is_now(tmp_path: Path, records: Path) -> None:
    """Values, names, tokens and zones come, change and go, in every worker, with no restart."""
    new_zone = {"origin": "new.test", "name_servers": ["ns.new.test"], "addresses": ["192.0.2.7"]}
    with NodeProcess(tmp_path / "log", records=records, processes=2) as node:
        write_records(
            records,
            changed(
                zones=[RECORDS["zones"][0], new_zone],  # type: ignore[index]
                txt={f"{EMPTY_UUID}.{ZONE}": ["fresh"], f"{UUID}.new.test": ["new"]},
            ),
        )
        node.reload()
        expected = [
            (f"{EMPTY_UUID}.{ZONE}", "NOERROR", ["fresh"]),
            (f"{UUID}.new.test", "NOERROR", ["new"]),
            (f"{UUID}.{ZONE}", "NOERROR", []),
            (f"imported.{ZONE}", "NXDOMAIN", []),
            (f"{UUID}.{OTHER}", "REFUSED", []),
        ]
        for expectation in expected * 20:  # each from a new port, so that both workers are asked
            eventually(partial(seen, node, expectation[0]), expectation)


def test_a_bad_file_changes_nothing(tmp_path: Path, records: Path) -> None:
    """SIGHUP with a broken file says so, and what was served is served on."""
    with NodeProcess(tmp_path / "log", records=records) as node:
        records.write_text("{")
        node.reload()
        eventually(lambda: "kept what was served" in node.log.read_text(), expected=True)
        assert ask(node.dns, f"{UUID}.{ZONE}").answers == ["another", "value"]
        assert node.end() == 0


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ([], "the file: must be a JSON object"),
        ({"zones": []}, "zones: must hold at least one zone"),
        (changed(zone=[]), "unknown field 'zone'"),
        (changed(zones=[{"origin": "a.test", "name_servers": []}]), "zones[0]: attribute name_servers"),
        (changed(zones=[{"origin": 5}]), "zones[0].origin: must be a string"),
        (changed(txt={f"a.b.{ZONE}": ["x"]}), "one label below the origin"),
        (changed(txt={"elsewhere.org": ["x"]}), "txt['elsewhere.org']: must be one label below"),
        (changed(txt={f"a.{ZONE}": "x"}), "must be a JSON array"),
        (changed(txt={f"a.{ZONE}": ["x" * 256]}), "attribute value is missing or malformed"),
        (changed(http={"../x": {"host": "a.test", "body": "b"}}), "attribute token is missing or malformed"),
        (changed(http={"x": {"host": "a.test"}}), "http['x'].body: must be a string"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_at_the_start_is_one_clear_line(records: Path, document: object, named: str) -> None:
    """The message names the file and the field; the status is 1; nothing was said on standard output."""
    write_records(records, document)
    done = run("--records", str(records), "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert named in done.stderr
    assert str(records) in done.stderr


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    """The system's reason is in the message."""
    done = run("--records", str(tmp_path / "none"), "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "can't be read: No such file" in done.stderr


@pytest.mark.parametrize(
    ("kind", "option"),
    [(socket.SOCK_DGRAM, "--listen"), (socket.SOCK_STREAM, "--listen"), (socket.SOCK_STREAM, "--http"),
     (socket.SOCK_STREAM, "--health")],
    ids=["DNS by UDP", "DNS by TCP", "HTTP-01", "health"],
)  # fmt: skip
def test_an_address_in_use_is_one_clear_line(records: Path, kind: socket.SocketKind, option: str) -> None:
    """Even if its holder would share it: two nodes never split a port unawares."""
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        free = {"--listen": "127.0.0.1:0", "--http": "127.0.0.1:0", "--health": "127.0.0.1:0"}
        options = [word for pair in (free | {option: address}).items() for word in pair]
        done = run("--records", str(records), *options)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"can't listen on {address}: Address already in use" in done.stderr
    assert option in done.stderr


def test_a_bad_option_ends_the_program_with_status_2() -> None:
    """The usage error is all there is: no traceback, nothing on standard output."""
    done = run("--processes", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].endswith("'0' is not a number from 1 to 64; set --processes or PROCESSES")


def test_a_dead_worker_is_replaced_and_answers(tmp_path: Path, records: Path) -> None:
    """Kill the only worker by its id: another one takes its place, loaded."""
    with NodeProcess(tmp_path / "log", records=records) as node:
        (first,) = node.workers()
        subprocess.run(["kill", "-KILL", str(first)], check=True)
        eventually(lambda: len(node.workers()) == 1 and node.workers() != [first], expected=True)
        eventually(lambda: ask(node.dns, f"{UUID}.{ZONE}").answers, ["another", "value"])


def test_workers_end_with_their_parent(tmp_path: Path, records: Path) -> None:
    """A crash of the parent leaves nothing running, and nothing listening."""
    with NodeProcess(tmp_path / "log", records=records, processes=2) as node:
        workers = node.workers()
        assert len(workers) == 2
        node.kill()
        await_end(workers)


def test_sigterm_ends_it_with_status_0(tmp_path: Path, records: Path) -> None:
    """An orchestrator's stop is no failure."""
    with NodeProcess(tmp_path / "log", records=records, processes=2) as node:
        assert node.end() == 0
    assert "Traceback" not in node.log.read_text()
