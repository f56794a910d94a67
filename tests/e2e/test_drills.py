"""The runbooks of docs/drills.md, typed line by line against a whole system with two CAs."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.demo_proof import CaManagement
from local.ports import find_port
from local.system import NODE_ADDRESS, PROVIDER_ADDRESS, RESOLVER_ADDRESS, LocalSystem
from tests.support.api_client import ApiClient, Json
from tests.support.cli_program import Cli, Ran
from tests.support.local_options import local_options
from tests.support.pebble_process import Pebble, PebbleOptions, running_pebble
from tests.support.world_user import TICKS_A_MINUTE, User

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/drills.md").read_text(encoding="utf-8")
HMAC = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"
NAMES = ("example.test", "shop.example.test")


@dataclass(frozen=True)
class World:
    """A running system, its first CA, a second one, and an operator at a shell."""

    system: LocalSystem
    first: Pebble
    second: Pebble
    cli: Cli
    user: User

    @property
    def api(self) -> ApiClient:
        """The HTTP API, for looking at what came of it."""
        return self.user.api

    def run(self, command: str, code: int = 0) -> Ran:
        """Type a line of the documentation, with this system's names in it."""
        ran = self.cli.shell(self._translate(command))
        assert ran.code == code, (command, ran, self.system.recent_log("functions"))
        return ran

    @property
    def own(self) -> str:
        """The name of the deployment's own account."""
        items: list[Json] = json.loads(self.cli.run("cas", "list", "--json").output)["items"]
        return str(next(item["name"] for item in items if item["default"]))

    def issuers(self) -> set[str]:
        """Tell which accounts the current versions came from."""
        return {self.api.read(item)["current"]["ca"] for item in self.api.ids()}

    def _translate(self, command: str) -> str:
        pairs = {
            "cas add zerossl zerossl": f"cas add zerossl {self.second.directory_url} --private",
            "cas add second letsencrypt": f"cas add second {self.first.directory_url} --private",
            "letsencrypt": self.own,
            "example.com": "example.test",
        }
        for sample, real in pairs.items():
            command = command.replace(sample, real)
        return command


def lines_below(heading: str) -> list[str]:
    """Find the lines to type below a heading."""
    (section,) = [part for part in re.split(r"^#+ ", DOCUMENT, flags=re.MULTILINE) if part.startswith(heading)]
    blocks = re.findall(r"^```console\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two CAs, two certificates of the first, and the second account that the documentation begins with."""
    folder = tmp_path_factory.mktemp("drills")
    dns_port = find_port([PROVIDER_ADDRESS, RESOLVER_ADDRESS, NODE_ADDRESS])
    http_port = find_port([NODE_ADDRESS])
    pebble = PebbleOptions(dns_server=f"{RESOLVER_ADDRESS}:{dns_port}", http_port=http_port)
    bound = PebbleOptions(
        dns_server=pebble.dns_server, http_port=http_port, external_accounts={"kid-1": HMAC}, nonce_reject=0
    )
    with ExitStack() as running:
        first = running.enter_context(running_pebble(folder / "first", pebble))
        second = running.enter_context(running_pebble(folder / "second", bound))
        trusted = folder / "trusted.pem"
        trusted.write_text(first.ca_bundle.read_text() + second.ca_bundle.read_text())
        options = local_options(
            acme_directory=first.directory_url,
            acme_ca_bundle=str(trusted),
            egress_allow=f"127.0.0.0/8:{second.directory_url.rpartition(':')[2].partition('/')[0]}",
            check_dns_port=dns_port,
            node_listen=f"{NODE_ADDRESS}:{dns_port}",
            node_http_listen=f"{NODE_ADDRESS}:{http_port}",
            time_scale=TICKS_A_MINUTE,
        )
        system = running.enter_context(LocalSystem(options))
        cli = Cli(folder / "home")
        api = ApiClient(system.api_url, system.admin_token, lambda: system.recent_log("functions"))
        user = User(system, api, CaManagement(first.management_url, str(first.ca_bundle)))
        made = World(system, first, second, cli, user)
        prepare(made)
        yield made


def prepare(world: World) -> None:
    """Log in, and have what the drills begin with."""
    assert world.cli.environment
    (world.cli.home / "admin.token").write_text(world.system.admin_token)
    (world.cli.home / "eab.hmac").write_text(HMAC)
    assert world.cli.run("login", world.system.api_url, "--token-file", "admin.token").code == 0
    for name in NAMES:
        made = json.loads(world.cli.run("request", name, "--reuse-key", "--json").output)
        for record in made["records"]:
            world.user.add_record(record)
        assert world.cli.run("wait", made["id"], "--check").code == 0
    for line in lines_below("Drills"):
        world.run(line)


def test_every_runbook_is_known_to_a_test() -> None:
    """A new one gets its own."""
    headings = re.findall(r"^## (.+)$", DOCUMENT, re.MULTILINE)
    assert [heading[:12] for heading in headings] == ["The key of a", "The private ", "A CA is dist", "A CA is gone"]


def test_a_certificates_key_that_was_seen_is_replaced_everywhere(world: World) -> None:
    """Both versions that have it are revoked; the next one has another key."""
    (certificate_id,) = [item for item in world.api.ids() if NAMES[0] in world.api.read(item)["names"]]
    world.run(f"certwright renew {certificate_id} --wait")
    old = world.api.bundle(certificate_id).decode()
    (world.cli.home / "found.pem").write_text(old[old.index("-----BEGIN CERTIFICATE") :])
    (world.cli.home / "found.key").write_text(old[: old.index("-----BEGIN CERTIFICATE")])
    for line in lines_below("The private key"):
        world.run(line)
    shown = world.api.read(certificate_id)
    assert {item["version"] for item in shown["revocations"] if item["revoked_at"]} >= {1, 2}
    assert old[:200] not in world.api.bundle(certificate_id).decode()
    assert (shown["state"], shown["current"]["version"] >= 3) == ("issued", True)


def test_an_accounts_key_is_rolled_over_and_the_account_given_up(world: World) -> None:
    """Its certificates stay, and ask the other account when they are due."""
    before, (roll, wait, *giving_up) = world.issuers(), lines_below("The key of a CA account")
    world.run(roll)
    assert json.loads(world.run(f"{wait} --json").output)["settled"]
    for line in giving_up:
        world.run(line)
    own = world.own
    assert json.loads(world.cli.run("cas", "show", own, "--json").output)["deactivated"]
    assert world.issuers() == before == {own}
    assert {world.api.read(item)["ca"] for item in world.api.ids()} == {"second"}


def test_a_cas_certificates_are_replaced_by_anothers(world: World) -> None:
    """All of them, with progress, and complete at the end."""
    source = "second" if any(world.api.read(item)["ca"] == "second" for item in world.api.ids()) else world.own
    for line in lines_below("A CA is distrusted"):
        ran = world.run(line.replace("letsencrypt", source))
        if line.endswith("--wait"):
            assert "complete: all 2 certificates" in ran.output
    assert world.issuers() == {"zerossl"}


def test_a_ca_that_is_gone_is_waited_for_or_left(world: World) -> None:
    """What is in use stays; what is asked for comes from the other."""
    source = next(iter(world.issuers()))
    target = "second" if source == "zerossl" else "zerossl"
    for line in lines_below("A CA is gone"):
        world.run(line.replace("--to zerossl", f"--to {target}").replace("letsencrypt", source))
    for certificate_id in world.api.ids():
        world.run(f"certwright wait {certificate_id}")
    assert {world.api.read(item)["state"] for item in world.api.ids()} == {"issued"}
