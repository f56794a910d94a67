"""dnsnode/Dockerfile: what it pins, and what its steps make, performed in folders with this machine's Python."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.dnsnode.samples import RECORDS, UUID, ZONE
from tests.support.dns_client import ask
from tests.support.dockerfile import build, read_dockerfile
from tests.support.eventually import eventually
from tests.support.node_process import write_records
from tools.locks import read_pins

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "dnsnode/Dockerfile"
LOCK = ROOT / "dnsnode/image-requirements.txt"
STAGES = read_dockerfile(DOCKERFILE)
FINAL = STAGES[-1]
# Not the environment's Python and without site-packages: what the image lacks must not be found elsewhere.
PYTHON = [sys._base_executable, "-S"]  # type: ignore[attr-defined]
# Without privileges, as the image's user, on a file system that can't be written.
CONFINED = (
    *("unshare", "--user", "--map-root-user", "--mount", "sh", "-c"),
    'mount -o remount,bind,ro / && exec unshare --user --map-user=65532 --map-group=65532 -- "$@"',
    "sh",
)


def can_confine() -> bool:
    """Tell whether this machine has user namespaces for everybody."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*CONFINED, "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of the final stage, as far as the Dockerfile fills it."""
    target = tmp_path_factory.mktemp("image")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    roots = build(STAGES, ROOT, target, path)
    return list(roots.values())[-1]


class Container:
    """The image's entry point, in a read-only file system and as its user, with ports of this test's own."""

    def __init__(self, image: Path, log: Path, *options: str, **variables: str) -> None:
        environment = FINAL.environment() | {"PATH": os.defpath, "PYTHONPATH": str(image / "node")}
        listen = dict.fromkeys(("LISTEN", "HTTP_LISTEN", "HEALTH_LISTEN"), "127.0.0.1:0")
        entry = FINAL.exec_form("ENTRYPOINT")
        assert entry[0] == "python"
        self._log = log.open("wb")
        self.environment = environment | listen | variables
        self.process = subprocess.Popen(
            [*CONFINED, *PYTHON, *entry[1:], *options],
            stdout=subprocess.PIPE, stderr=self._log, env=self.environment, cwd="/", text=True,
        )  # fmt: skip

    def __enter__(self) -> "Container":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        self._log.close()

    def ready_line(self) -> dict[str, str]:
        """Wait for the ready line; returns its addresses."""
        assert self.process.stdout
        word, *addresses = self.process.stdout.readline().split()
        assert word == "ready"
        return dict(address.split("=") for address in addresses)

    def health_check(self, port: int) -> int:
        """Run the image's health check; returns its status."""
        command = FINAL.exec_form("HEALTHCHECK")
        assert command[0] == "python"
        words = [word.replace("127.0.0.1:8081", f"127.0.0.1:{port}") for word in command[1:]]
        return subprocess.run([*PYTHON, *words], capture_output=True, env=self.environment, check=False).returncode


def test_the_base_is_an_official_image_pinned_by_digest() -> None:
    """Both stages start from the same one; its tag says which version of Python it is."""
    (base,) = {stage.base for stage in STAGES}
    assert re.fullmatch(r"python:3\.13\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}", base)


def test_every_package_is_pinned_by_hash() -> None:
    """Pip is the only thing that fetches anything, and it is held to the lock."""
    (install, compilation) = [text for stage in STAGES for step, text in stage.steps if step == "RUN"]
    assert "pip install" in install
    assert "--require-hashes" in install
    assert "compileall" in compilation


def test_it_runs_as_nobody_and_without_a_shell() -> None:
    """The user is a number, so that an orchestrator can see it is not root; the node itself gets SIGTERM."""
    assert FINAL.last("USER") == "65532:65532"
    assert FINAL.exec_form("ENTRYPOINT") == ["python", "-m", "dnsnode"]
    assert FINAL.exec_form("HEALTHCHECK")[0] == "python"
    assert [instruction for instruction, _ in FINAL.steps if instruction in ("RUN", "CMD", "SHELL")] == []


def test_the_health_check_asks_where_health_listens() -> None:
    """The port of the check is the port of the variable, and it is exposed."""
    port = FINAL.environment()["HEALTH_LISTEN"].rpartition(":")[2]
    assert f"127.0.0.1:{port}/health" in FINAL.exec_form("HEALTHCHECK")[-1]
    assert f"{port}/tcp" in FINAL.last("EXPOSE").split()


def test_everything_copied_is_sent_to_the_builder_and_nothing_else() -> None:
    """The context leaves out all but what COPY names."""
    ignored = (ROOT / "dnsnode/Dockerfile.dockerignore").read_text().splitlines()
    sent = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {
        text.split()[0] for stage in STAGES for step, text in stage.steps if step == "COPY" and "--from" not in text
    }
    assert sent == copied
    assert "*" in ignored


@pytest.mark.network
class TestBuilt:
    """The steps performed, where packages can be had."""

    def test_it_holds_the_node_its_domain_and_the_locked_packages_only(self, image: Path) -> None:
        """No file of the rest of the system, none of a package that is not locked, each module compiled."""
        installed = {path.name.partition("-")[0].replace("_", "-") for path in image.glob("node/*.dist-info")}
        assert installed == set(read_pins(LOCK.read_text()))
        assert {path.name for path in (image / "node/certwright").iterdir()} == {"__init__.py", "__pycache__", "domain"}
        sources = [*image.glob("node/dnsnode/*.py"), *image.glob("node/certwright/**/*.py")]
        assert sources
        for source in sources:
            assert (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").exists()

    @pytest.mark.skipif(not can_confine(), reason="needs user namespaces (unshare) to confine the node")
    def test_it_serves_a_file_from_a_read_only_file_system_and_ends_upon_sigterm(
        self, image: Path, tmp_path: Path
    ) -> None:
        """Nothing is missing that start, answers, health check and end need, and nothing is written."""
        records = write_records(tmp_path / "records.json", RECORDS)
        with Container(image, tmp_path / "log", "--records", str(records)) as container:
            addresses = container.ready_line()
            host, _, port = addresses["dns"].rpartition(":")
            assert ask((host, int(port)), f"{UUID}.{ZONE}").answers == ["another", "value"]
            assert container.health_check(int(addresses["health"].rpartition(":")[2])) == 0
            container.process.send_signal(signal.SIGTERM)
            assert container.process.wait(30) == 0
        assert "Traceback" not in (tmp_path / "log").read_text()

    @pytest.mark.skipif(not can_confine(), reason="needs user namespaces (unshare) to confine the node")
    def test_it_has_what_reads_the_tables(self, image: Path, tmp_path: Path) -> None:
        """Started for tables that are out of reach, it says so, is not healthy, and ends when told to."""
        log = tmp_path / "log"
        variables = {
            "ANSWERS_TABLE": "answers", "NODES_TABLE": "nodes", "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none",
        }  # fmt: skip
        with Container(image, log, **variables) as container:
            eventually(lambda: "table not available" in log.read_text(), expected=True)
            container.process.send_signal(signal.SIGTERM)
            assert container.process.wait(30) == 0
