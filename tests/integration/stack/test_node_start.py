"""dnsnode/start.py, the program that makes a stock image a node: what it fetches, and what it says when it can't."""

import errno
import importlib.util
import io
import os
import shutil
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from local.template import REGION, load
from tests.support.eventually import eventually
from tests.support.layer_server import LayerServer, Reply, pack
from tests.support.stack import translated
from tools.start_program import PROGRAM, with_program

CORE, NODE = "arn:core:1", "arn:node:7"
MAIN = "import os, sys, shared\nprint(f'{shared.WORD} as {os.getpid()} from {os.environ[\"PYTHONPATH\"]}')\n"
LAYERS = {
    CORE: pack({"python/shared.py": "WORD = 'started'\n"}),
    NODE: pack({"python/dnsnode/__init__.py": "", "python/dnsnode/__main__.py": MAIN}),
}
DENIED, TROUBLED = Reply(403, b'{"message": "not allowed"}'), Reply(500, b'{"message": "later"}')


@cache
def template_program() -> str:
    """The program as the task definition has it."""
    (container,) = load().resources["NodeTask"]["Properties"]["ContainerDefinitions"]
    condition, (program, option, text), _ = container["EntryPoint"]["Fn::If"]
    assert (condition, program, option) == ("UsesStockImage", "python3", "-c")
    return str(text)


@pytest.fixture
def layers() -> Iterator[LayerServer]:
    """Serve both layers."""
    with LayerServer(dict(LAYERS)).serving() as server:
        yield server


@pytest.fixture
def environment(layers: LayerServer) -> dict[str, str]:
    """The variables of a task, with the stand-in in Lambda's place."""
    return {
        "PATH": os.defpath,
        "CODE_LAYERS": f"{CORE},{NODE}",
        "AWS_ENDPOINT_URL_LAMBDA": layers.url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
    }


class Start:
    """The program in this process, with pauses that are noted and not made; `run` returns its lines."""

    def __init__(self, module: Any, capsys: pytest.CaptureFixture[str]) -> None:
        self.module = module
        self.pauses: list[float] = []
        self._capsys = capsys

    def run(self) -> list[str]:
        """Run it until it gives up or would be the node."""
        with suppress(SystemExit):
            self.module.main()
        return self._capsys.readouterr().err.splitlines()

    @property
    def code(self) -> Path:
        """Where it unpacks."""
        return Path(self.module.CODE)


@pytest.fixture
def start(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Start:
    """Load the program, with a clock that moves by the pauses alone, and with exec and signals left out."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = importlib.util.spec_from_file_location("start", PROGRAM)
    assert found
    assert found.loader
    module: Any = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    start = Start(module, capsys)
    monkeypatch.setattr(module, "CODE", tmp_path / "node")
    monkeypatch.setattr(module.os, "execve", lambda *_: None)
    monkeypatch.setattr(module.signal, "signal", lambda *_: None)
    clock = ModuleType("clock")
    clock.sleep, clock.monotonic = start.pauses.append, lambda: sum(start.pauses)  # type: ignore[attr-defined]
    monkeypatch.setattr(module, "time", clock)
    return start


def program_for(folder: Path) -> list[str]:
    """The template's program, with a folder of a test's own in the place of the container's."""
    return [sys.executable, "-c", template_program().replace("/tmp/node", str(folder))]


def test_the_template_has_the_program() -> None:
    """What is linted, typed and tested is what runs; `make start` writes it there."""
    assert template_program() == PROGRAM.read_text()


def test_the_program_is_written_into_its_place_only() -> None:
    """The rest of the template stays, and a template without the place is refused."""
    before = "A:\n  - python3\n  - -c\n  - |\n    old\n\n    old\n  - more: 1\n"
    assert with_program(before, "new\n\nnew\n") == "A:\n  - python3\n  - -c\n  - |\n    new\n\n    new\n  - more: 1\n"
    with pytest.raises(ValueError, match="0 programs"):
        with_program("A: 1\n", "new\n")


def test_the_node_starts_from_its_layers_and_keeps_its_process(environment: dict[str, str], tmp_path: Path) -> None:
    """Both layers are fetched by boto3, and the node is the process that was started."""
    process = subprocess.Popen(program_for(tmp_path / "node"), env=environment, stdout=subprocess.PIPE, text=True)
    output, _ = process.communicate(timeout=120)
    assert output == f"started as {process.pid} from {tmp_path}/node/python:/var/runtime\n"
    assert process.returncode == 0


def test_it_stops_at_once_while_it_fetches(layers: LayerServer, environment: dict[str, str], tmp_path: Path) -> None:
    """A container's first process gets no SIGTERM that it does not handle: it would be waited for two minutes."""
    layers.bucket_first = [Reply(body=bytes(64 * 1024), cut=1, drip=3600)]
    process = subprocess.Popen(program_for(tmp_path / "node"), env=environment, stderr=subprocess.PIPE, text=True)
    eventually(lambda: any(target.startswith("/bucket/") for target in layers.asked), expected=True)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (0, "start: told to stop before there was a node\n")


@pytest.mark.parametrize(
    ("lambda_first", "bucket_first", "word"),
    [
        ([TROUBLED], [], "Lambda answered 500"),
        ([Reply(429, b"{}")], [], "Lambda answered 429"),
        ([DENIED], [], "lambda:GetLayerVersion"),
        ([Reply(200, b"<html>")], [], "what answers is not Lambda"),
        ([], [Reply(503)], "S3 answered 503"),
        ([], [Reply(403)], "S3 answered 403"),
        ([], [Reply(body=LAYERS[CORE][:40], cut=len(LAYERS[CORE]) - 40)], "40 of 147 bytes"),
        ([], [Reply(body=LAYERS[CORE][:40])], "40 of 147 bytes"),
        ([], [Reply(body=bytes(len(LAYERS[CORE])))], "another SHA-256"),
        ([], [Reply(body=LAYERS[CORE] * 2)], "294 of 147 bytes"),
    ],
    ids=["5xx", "throttled", "role not there yet", "garbage", "S3 5xx", "URL expired", "cut", "short", "wrong", "long"],
)
def test_what_may_pass_is_tried_again(
    start: Start, layers: LayerServer, lambda_first: list[Reply], bucket_first: list[Reply], word: str
) -> None:
    """One failure costs one line and one pause, and both layers are there in the end."""
    layers.lambda_first, layers.bucket_first = list(lambda_first), list(bucket_first)
    (line,) = start.run()
    assert line.startswith(f"start: trying again to fetch {CORE}: ")
    assert word in line
    assert len(start.pauses) == 1
    assert (start.code / "python/dnsnode/__main__.py").read_text() == MAIN


def test_pauses_grow_and_end(start: Start, layers: LayerServer) -> None:
    """It gives up within its time, says so in one line with what is to be done, and never tells the signed URL."""
    layers.lambda_first = [DENIED] * 100
    *again, last = start.run()
    assert last.startswith(f"start: gave up on {CORE}: Lambda answered 403 AccessDeniedException; the task's role must")
    assert sum(start.pauses) <= start.module.GIVE_UP_SECONDS
    assert max(start.pauses) <= start.module.LONGEST_PAUSE_SECONDS
    assert start.pauses[0] < start.pauses[2] < start.pauses[4]
    assert len(again) == len(start.pauses) >= 8
    assert not any("secret" in line for line in [*again, last])


def test_a_version_that_was_deleted_is_asked_for_once(start: Start, layers: LayerServer) -> None:
    """It does not come back: the deployment has to publish another."""
    del layers.layers[CORE]
    (line,) = start.run()
    assert line.startswith(f"start: gave up on {CORE}: Lambda answered 404")
    assert "change both layers' Description" in line
    assert not start.pauses


def test_nobody_answers(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a way to AWS the line says what such a way is made of."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:1")
    assert "no answer from Lambda (EndpointConnectionError); the task needs a way to AWS" in start.run()[-1]


def test_a_slow_archive_does_not_take_for_ever(start: Start, layers: LayerServer) -> None:
    """Its time is counted while it comes, not only between tries."""
    clock = iter([0.0, 1e9])
    start.module.time.monotonic = lambda: next(clock, 1e9)
    (line,) = start.run()
    assert f"gave up on {CORE}: S3 is slow" in line


def link() -> bytes:
    """Make an archive with a symbolic link."""
    packed = io.BytesIO()
    item = zipfile.ZipInfo("python/link")
    item.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(item, "/etc")
    return packed.getvalue()


def bomb() -> bytes:
    """Make a small archive of more than Lambda takes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("python/zeros", "w") as zeros:
        for _ in range(251):
            zeros.write(bytes(1024 * 1024))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("archive", "word"),
    [
        (pack({"../escaped": ""}), "holds '../escaped'"),
        (pack({"python/../../escaped": ""}), "holds 'python/../../escaped'"),
        (pack({"/escaped": ""}), "holds '/escaped'"),
        (link(), "holds 'python/link'"),
        (bomb(), "too large"),
        (b"no archive at all", "no zip archive"),
        (LAYERS[NODE][:-30], "no zip archive"),
    ],
    ids=["up", "up again", "absolute", "link", "bomb", "no zip", "cut before it was published"],
)
def test_an_archive_that_is_not_a_layer_unpacks_nothing(
    start: Start, layers: LayerServer, tmp_path: Path, archive: bytes, word: str
) -> None:
    """Even one with the right hash; and it is not asked for again."""
    layers.layers[CORE] = archive
    (line,) = start.run()
    assert line.startswith(f"start: gave up on {CORE}: ")
    assert word in line
    assert not (tmp_path / "escaped").exists()
    assert not list(start.code.rglob("*"))


def test_a_full_disk_is_named(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy is more storage, not another try."""

    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfileobj", fill)
    (line,) = start.run()
    assert "No space left on device; the task's disk is full" in line


def test_an_image_without_boto3_is_named(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the image that must change."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    (line,) = start.run()
    assert "the image lacks boto3; set NodeImage" in line


def test_it_gives_up_before_it_would_be_called_unhealthy() -> None:
    """ECS heeds no health check in the grace period: the longest start and the first load fit into it."""
    assert "GIVE_UP_SECONDS = 120.0\n" in template_program()
    assert translated()["Resources"]["NodeService"]["Properties"]["HealthCheckGracePeriodSeconds"] >= 120 + 60
