"""The whole system in an Internet of real servers: NSD, Unbound, Pebble, our node on port 53; nothing in between."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.system import LocalSystem
from tests.support.api_client import ApiClient, Json
from tests.support.dns_client import ask
from tests.support.eventually import eventually
from tests.support.local_options import local_options
from tests.support.world import NODE, PORT, Internet, private_internet
from tests.support.world_user import WILDCARD, User

HOPS = {"A": "zone-address-missing", "NS": "zone-ns-missing", "CNAME": "cname-missing"}
TICKS_A_MINUTE = 30.0
SITE = "127.0.53.10"


@dataclass(frozen=True)
class Deployment:
    """The running system, its user, and the Internet they are in."""

    internet: Internet
    system: LocalSystem
    user: User

    @property
    def api(self) -> ApiClient:
        """The API, as the user calls it."""
        return self.user.api


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A system whose checks start at NSD's root and whose CA asks Unbound."""
    with private_internet(tmp_path_factory.mktemp("internet")) as internet:
        options = local_options(
            has_provider=False,
            root_hints=internet.root_hints,
            check_dns_port=PORT,
            node_listen=f"{NODE}:{PORT}",
            node_address=NODE,
            ca_resolver=internet.resolver,
            time_scale=TICKS_A_MINUTE,
        )
        with LocalSystem(options) as system:
            yield Deployment(internet, system, User.of(system))


@pytest.fixture(scope="module")
def wildcard(deployment: Deployment) -> Json:
    """The certificate for apex and wildcard, its records added one at a time as each is named missing."""
    api = deployment.api
    certificate = api.ask_for(WILDCARD)
    assert [record["type"] for record in certificate["records"]] == list(HOPS)
    for record in certificate["records"]:
        api.check_now(certificate["id"])
        seen = api.wait_for_reason(certificate["id"], HOPS[record["type"]])
        assert seen["problem"]["subject"] == record["name"]
        deployment.internet.add(record["type"], record["name"], record["value"])
    api.check_now(certificate["id"])
    return api.wait_for_version(certificate["id"], 1)


def test_a_wildcard_is_issued_as_soon_as_the_last_of_its_records_is_found(
    deployment: Deployment, wildcard: Json
) -> None:
    """Each missing hop is named by its record; then one certificate for both names, under the CA's root."""
    proven = deployment.user.prove_bundle(wildcard["id"], set(WILDCARD))
    assert f"{proven.leaf.serial_number:x}" == wildcard["current"]["serial"].lower().lstrip("0")
    assert wildcard["failed_attempts"] == 0


def test_answers_are_withdrawn_when_the_certificate_is_stored(deployment: Deployment, wildcard: Json) -> None:
    """Nothing that could prove the names is left in DNS, which the node says with authority."""
    target = delegation_record(wildcard)["value"]
    eventually(lambda: ask((NODE, PORT), target, "TXT").answers, [])
    reply = ask((NODE, PORT), target, "TXT")
    assert (reply.rcode, reply.is_authoritative, reply.authority) == ("NOERROR", True, ["SOA"])


def test_the_ca_refuses_some_nonces_and_reuses_no_authorization(deployment: Deployment) -> None:
    """What passes here passes a CA at its most careful: each order is validated anew."""
    said = (deployment.system.run_folder / "pebble.log").read_text()
    assert "Configured to reject 5% of good nonces" in said
    assert "Configured to attempt authz reuse for each identifier 0% of the time" in said


def test_a_plain_name_is_issued_by_http_once_it_points_at_the_node(deployment: Deployment) -> None:
    """HTTP-01 is chosen for names without a wildcard; the CA finds the address by its resolver, the node answers."""
    certificate = deployment.api.ask_for(["www.example.test"])
    assert certificate["challenges"] == {"www.example.test": "http-01"}
    assert certificate["records"] == [{"type": "A", "name": "www.example.test", "value": NODE}]
    deployment.api.wait_for_reason(certificate["id"], "address-missing")
    deployment.internet.add("A", "www.example.test", NODE)
    deployment.api.check_now(certificate["id"])
    deployment.api.wait_for_version(certificate["id"], 1)
    deployment.user.prove_bundle(certificate["id"], {"www.example.test"})


def test_a_site_elsewhere_is_issued_by_a_redirect_to_the_challenge_host(deployment: Deployment) -> None:
    """A name that serves a site is never moved: once its site redirects challenges to us, the CA follows."""
    name, host = "site.example.test", deployment.system.options.challenge_host
    deployment.internet.add("A", name, SITE)
    deployment.internet.add("A", host, NODE)
    port = deployment.system.plan.check_http_port
    certificate = deployment.api.ask_for([name])
    seen = deployment.api.wait_for_reason(certificate["id"], "address-elsewhere")
    assert host in seen["message"]
    with redirecting_site((SITE, port), f"http://{host}:{port}"):
        deployment.api.check_now(certificate["id"])
        deployment.api.wait_for_version(certificate["id"], 1)
    deployment.user.prove_bundle(certificate["id"], {name})


def test_a_wildcard_record_does_not_pass_for_the_delegation(deployment: Deployment, wildcard: Json) -> None:
    """What the zone's wildcard answers is told from a record of the user's, which then goes before it."""
    deployment.internet.add("CNAME", "*.wild.example.test", "www.example.test")
    certificate = deployment.api.ask_for(["wild.example.test", "*.wild.example.test"])
    deployment.api.wait_for_reason(certificate["id"], "cname-from-wildcard")
    deployment.internet.add(**delegation_record(certificate))
    deployment.api.check_now(certificate["id"])
    deployment.api.wait_for_version(certificate["id"], 1)


def test_a_delegation_may_lead_over_another_alias(deployment: Deployment, wildcard: Json) -> None:
    """The walk and the CA's resolver follow the chain to the same end."""
    certificate = deployment.api.ask_for(["deep.example.test", "*.deep.example.test"])
    record = delegation_record(certificate)
    deployment.internet.add("CNAME", record["name"], "challenges.example.test")
    deployment.internet.add("CNAME", "challenges.example.test", record["value"])
    deployment.api.check_now(certificate["id"])
    deployment.api.wait_for_version(certificate["id"], 1)


def test_a_certificate_is_renewed_when_the_ca_suggests_it(deployment: Deployment, wildcard: Json) -> None:
    """A window in the past brings a second version: another key, and the CA was told what it replaces."""
    first = deployment.user.prove_bundle(wildcard["id"], set(WILDCARD))
    deployment.user.ca.suggest_renewal_now(first.leaf)
    deployment.api.check_now(wildcard["id"])
    renewed = deployment.api.wait_for_version(wildcard["id"], 2)
    second = deployment.user.prove_bundle(wildcard["id"], set(WILDCARD))
    assert second.public_key != first.public_key
    assert second.serial != first.serial
    assert renewed["current"]["replaces"] == wildcard["current"]["ari_id"]


def delegation_record(certificate: Json) -> dict[str, str]:
    """Pick the CNAME among a certificate's records."""
    (record,) = [item for item in certificate["records"] if item["type"] == "CNAME"]
    return dict(record)


@contextmanager
def redirecting_site(address: tuple[str, int], target: str) -> Iterator[None]:
    """Serve a site that sends whoever asks for a challenge on to the target, and has nothing else."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_challenge = self.path.startswith("/.well-known/acme-challenge/")
            self.send_response(302 if is_challenge else 404)
            if is_challenge:
                self.send_header("Location", target + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Keep quiet."""

    with ThreadingHTTPServer(address, Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="site")
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
