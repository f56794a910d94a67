"""The command-line client against the whole system: the documentation's examples, refusals, a server's files."""

import json
import re
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from local.system import LocalSystem
from tests.support.cli_program import Cli, Ran
from tests.support.eventually import eventually
from tests.support.local_options import local_options
from tests.support.nginx import Nginx, configure, running
from tests.support.world_user import TICKS_A_MINUTE, WILDCARD, User

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
LINE = re.compile(r"\$ (?P<command>.+?)(\s+# exit code (?P<code>\d+))?")
SAMPLE_ID = "crt_f51c7d03b5d848f4a1a1fb6e2d8c4a10"
SAMPLE_ZONE = "acme-chkdmj9i.example.test"


@dataclass(frozen=True)
class World:
    """A running system, and somebody who has followed the documentation from the first line to the last."""

    user: User
    cli: Cli
    ran: dict[str, Ran]

    @property
    def folder(self) -> Path:
        """Where the server's files are."""
        return self.cli.home / "tls"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Everything that the documentation says to type, typed; records are added where it says so."""
    cli = Cli(tmp_path_factory.mktemp("home"))
    with LocalSystem(local_options(time_scale=TICKS_A_MINUTE)) as system:
        world = World(User.of(system), cli, {})
        prepare(world)
        for command, code in examples():
            if command.startswith("certwright wait"):
                add_records(world)
            ran = cli.shell(translate(world, command))
            assert ran.code == code, (command, ran, system.recent_log("functions"))
            world.ran[command] = ran
        assert cli.run("login", system.api_url, "--token-file", "admin.token").code == 0
        yield world


def examples() -> Iterator[tuple[str, int]]:
    """Find the lines to type, with the exit code that each ends with."""
    for block in re.findall(r"^```console\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            found = LINE.fullmatch(line)
            assert found, f"not a line to type: {line}"
            yield found["command"], int(found["code"] or 0)


def prepare(world: World) -> None:
    """Give the user the admin's token in a file, and the server something to reload."""
    home = world.cli.home
    (home / "admin.token").write_text(world.user.system.admin_token)
    world.folder.mkdir()
    assert world.cli.environment
    world.cli.add_program("systemctl", f'echo "$@" >> {home}/reloads')


def translate(world: World, text: str) -> str:
    """Put this system's URL, ports, folders and names in the place of the documentation's."""
    plan = world.user.system.plan
    pairs = {
        "https://certs.example.com": world.user.system.api_url,
        "/etc/nginx/tls": str(world.folder),
        "/usr/local/bin/": "",
        "--dns-port 53": f"--dns-port {plan.node_listen.rpartition(':')[2]}",
        "--http-port 80": f"--http-port {plan.node_http_listen.rpartition(':')[2]}",
        "example.com": "example.test",
    }
    for sample, real in pairs.items():
        text = text.replace(sample, real)
    if SAMPLE_ZONE in text:
        text = text.replace(SAMPLE_ZONE, world.user.api.zones()[0]["origin"])
    return text.replace(SAMPLE_ID, next(iter(world.user.api.ids()), ""))


def read_table(ran: Ran) -> dict[str, list[str]]:
    """Read the rows of a table by what is in their second column."""
    rows = [re.split(r"\s{2,}", line.strip()) for line in ran.output.splitlines()]
    return {row[1]: row for row in rows if len(row) > 1}


def add_records(world: World) -> None:
    """Do what the user does at the DNS provider."""
    (certificate_id,) = world.user.api.ids()
    for record in world.user.api.read(certificate_id)["records"]:
        world.user.add_record(record)


def test_every_example_of_the_documentation_works(world: World) -> None:
    """Typed as they stand there, in that order; `check` says what was missing, the records are shown to be pasted."""
    assert len(world.ran) > 20
    (certificate,) = (world.user.api.read(item) for item in world.user.api.ids())
    requested = world.ran["certwright request example.com '*.example.com'"]
    assert re.search(r"^  _acme-challenge\.example\.test\. 300 IN CNAME \S+\.example\.test\.$", requested.output, re.M)
    assert "zone-address-missing" in world.ran["certwright check example.com"].output
    assert json.loads(world.ran["certwright show example.com --json"].output) == certificate


def test_the_files_of_a_server_are_whole_and_reloaded_once_for_each_set(world: World) -> None:
    """The bundle is the API's, the key is for its owner's group at most, and polling again reloads nothing."""
    (certificate_id,) = world.user.api.ids()
    pem = world.user.api.bundle(certificate_id).decode()
    bundle, key = world.folder / "example.test.pem", world.folder / "key.pem"
    assert bundle.read_text() == pem
    assert key.read_text() + (world.folder / "fullchain.pem").read_text() == pem
    assert [stat.S_IMODE(path.stat().st_mode) for path in (bundle, key)] == [0o600, 0o640]
    assert (world.cli.home / "reloads").read_text() == "reload nginx\n"
    assert sorted(path.name for path in world.folder.iterdir()) == ["example.test.pem", "fullchain.pem", "key.pem"]


def test_the_units_and_the_cron_line_run_the_same_pull(world: World) -> None:
    """What they start works, finds nothing new, and says nothing."""
    commands = re.findall(r"^(?:ExecStart=|\*/15 \* \* \* \* root )(.*)$", DOCUMENT, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        ran = world.cli.shell(translate(world, command))
        assert ran == Ran(0, "", ""), command


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_takes_the_units(world: World, tmp_path: Path) -> None:
    """Every directive is known, and is where it belongs."""
    service, timer = re.findall(r"^```ini\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    (tmp_path / "certwright-pull.service").write_text(service.replace("/usr/local/bin", f"{world.cli.home}/bin"))
    (tmp_path / "certwright-pull.timer").write_text(timer)
    ran = world.cli.shell(f"systemd-analyze verify --man=no {tmp_path}/certwright-pull.*")
    assert (ran.code, "certwright-pull" in ran.errors) == (0, False), ran


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["show", "crt_nothing"], 5, "check the id"),
        (["show", "nowhere.example.test"], 5, "certwright list"),
        (["request", "a_b.example.test"], 7, "letters, digits"),
        (["request", "*.example.test", "--challenge", "http-01"], 7, "use dns-01"),
        (["zones", "show", "nowhere.example.test"], 5, "certwright zones list"),
        (["zones", "rename", "acme.example.test", "--origin", "example.test"], 7, "sub-domain"),
        (["tokens", "create", "--owner", "own_default", "--role", "king"], 7, "viewer"),
    ],
)
def test_what_the_api_refuses_is_told_with_the_remedy(
    world: World, arguments: list[str], code: int, words: str
) -> None:
    """The sentence on standard error, nothing on standard output, and the exit code of its kind."""
    ran = world.cli.run(*arguments, "--json")
    assert (ran.code, ran.output) == (code, ""), ran
    failed = json.loads(ran.errors)["error"]
    assert failed["exit_code"] == code
    assert words in failed["message"]


def test_a_token_that_is_not_known_or_may_not_is_told_apart(world: World) -> None:
    """401 says how to log in, 403 what the role may not do."""
    url = world.user.system.api_url
    unknown = Cli(world.cli.home, {"CERTWRIGHT_URL": url, "CERTWRIGHT_TOKEN": "cw_tokx_secret"}).run("list")
    assert (unknown.code, "certwright login" in unknown.errors) == (3, True), unknown
    viewer = world.cli.run("tokens", "create", "--owner", "own_default", "--role", "viewer")
    may_not = Cli(world.cli.home, {"CERTWRIGHT_URL": url, "CERTWRIGHT_TOKEN": viewer.output.strip()})
    refused = may_not.run("request", "example.test")
    assert (refused.code, "viewer" in refused.errors) == (4, True), refused
    assert may_not.run("list").code == 0


def test_the_doctor_places_a_trial_order_once_it_is_told_where(world: World) -> None:
    """A row beside login and API: first what stands in its way, then that it passed; the certificate stays as it is."""
    (certificate_id,) = world.user.api.ids()
    refused = world.cli.run("doctor", "--order", "example.test")
    rows = read_table(refused)
    assert (refused.code, rows["API and token"][0], rows["trial order"][0]) == (10, "ok", "failed"), refused
    (account,) = json.loads(world.cli.run("cas", "list", "--json").output)["items"]
    assert f"{account['name']} has no other to try things with: set its “staging”" in rows["trial order"][-1]
    assert world.cli.run("cas", "change", account["name"], "--staging", account["name"]).code == 0
    before, placed = world.user.api.read(certificate_id)["current"], world.user.orders_placed()
    passed = world.cli.run("doctor", "--order", "example.test", "--timeout", "60")
    assert (passed.code, read_table(passed)["trial order"][:3]) == (0, ["ok", "trial order", "example.test"]), passed
    assert (world.user.api.read(certificate_id)["current"], world.user.orders_placed()) == (before, placed + 1)
    (trial,) = world.user.api.ids() - {certificate_id}
    assert world.cli.run("bundle", trial).code == 6
    assert world.cli.run("delete", trial, "--yes", "--wait").code == 0


def test_a_bundle_that_is_not_there_yet_is_a_conflict_and_leaves_no_file(world: World) -> None:
    """Exit code 6, for timers that were set up first."""
    made = json.loads(world.cli.run("request", "later.example.test", "--json").output)
    path = world.folder / "later.pem"
    ran = world.cli.run("pull", made["id"], "--bundle", str(path))
    assert (ran.code, path.exists()) == (6, False), ran
    waited = world.cli.run("wait", made["id"], "--timeout", "3")
    assert (waited.code, "later.example.test" in waited.errors) == (11, True), waited
    assert world.cli.run("delete", made["id"]).code == 2
    assert world.cli.run("delete", made["id"], "--yes", "--wait").code == 0
    assert world.cli.run("show", made["id"]).code == 5


def test_nginx_keeps_serving_through_a_renewal(world: World, tmp_path: Path) -> None:
    """Not one request fails, from the first certificate to the second, which is shown once it was pulled."""
    user, bundle = world.user, tmp_path / "bundle.pem"
    (certificate_id,) = user.api.ids()
    trusted = user.ca.fetch_root().public_bytes(Encoding.PEM).decode()
    nginx = configure(tmp_path / "nginx", bundle, trusted)
    pull = ["pull", certificate_id, "--bundle", str(bundle), "--reload", nginx.reload_command]
    assert world.cli.run(*pull[:-2]).code == 0
    first = user.prove_bundle(certificate_id, set(WILDCARD))
    with running(nginx), asking_all_the_time(nginx) as serials:
        user.ca.suggest_renewal_now(first.leaf)
        user.api.check_now(certificate_id)
        user.api.wait_for_version(certificate_id, 2)
        ran = world.cli.run(*pull)
        assert ran.code == 0, ran
        second = user.prove_bundle(certificate_id, set(WILDCARD)).serial
        eventually(lambda: serials[-1], second)
        assert world.cli.run(*pull) == Ran(0, "", "")
    assert list(dict.fromkeys(serials)) == [first.serial, second]


@contextmanager
def asking_all_the_time(nginx: Nginx) -> Iterator[list[str]]:
    """Make one request after the other meanwhile, and fail if one failed; gives the serials that were shown."""
    serials, failures, ended = [nginx.serial("www.example.test")], [], threading.Event()

    def ask() -> None:
        while not ended.wait(0.02):
            try:
                serials.append(nginx.serial("example.test"))
            except (OSError, AssertionError) as error:
                failures.append(error)

    thread = threading.Thread(target=ask, name="visitor")
    thread.start()
    try:
        yield serials
    finally:
        ended.set()
        thread.join()
    assert failures == []
