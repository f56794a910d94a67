"""Where a CA can lead us: only to addresses that the egress policy permits, and only to the host that was asked for."""

import socket

import pytest

from certwright.adapters.acme_network import AcmeNetwork
from certwright.adapters.egress import Egress, parse_allow_list
from certwright.domain.errors import Unavailable
from tests.support.acme_client import Client, WallClock
from tests.support.acme_server import Answer, ScriptedCa
from tests.support.pebble_process import Pebble

type Addresses = dict[str, list[str]]


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> Addresses:
    """Names that stand for the addresses a test gives them."""
    known: Addresses = {}
    look_up = socket.getaddrinfo

    def resolve(host: str, port: int, family: int = 0, type: int = 0) -> list[object]:
        if host not in known and not host.replace(".", "").isdigit():
            raise socket.gaierror("no such name")
        found = (look_up(address, port, family, type) for address in known.get(host, [host]))
        return [item for items in found for item in items]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def test_a_host_with_a_forbidden_address_is_never_asked(
    scripted: ScriptedCa, scripted_client: Client, addresses: Addresses
) -> None:
    """A CA can't lead us into the private network by the URLs it returns; the remedy is named."""
    addresses["inside.test"] = ["169.254.169.254", "10.0.0.1"]
    with pytest.raises(Unavailable, match=r"inside\.test.*allow-list") as caught:
        scripted_client.ca.fetch_authorization("http://inside.test/metadata")
    assert caught.value.code == "egress-refused"


def test_a_forbidden_address_beside_a_permitted_one_is_passed_over(scripted: ScriptedCa, addresses: Addresses) -> None:
    """The address that was checked is the one that is connected to."""
    port = scripted.url.rpartition(":")[2]
    addresses["ca.test"] = ["10.0.0.1", "127.0.0.1"]
    network = _network(f"http://ca.test:{port}/directory")
    assert network.directory.new_order == f"{scripted.url}/order"
    assert scripted.received[0].headers["Host"] == f"ca.test:{port}"


def test_an_address_that_does_not_take_the_connection_is_followed_by_the_next(
    scripted: ScriptedCa, addresses: Addresses
) -> None:
    """One dead address of a CA does not stop us."""
    port = scripted.url.rpartition(":")[2]
    addresses["ca.test"] = ["127.0.0.3", "127.0.0.1"]
    assert _network(f"http://ca.test:{port}/directory").directory.new_nonce


def test_a_name_without_address_is_unavailable(addresses: Addresses) -> None:
    """It may have one again."""
    with pytest.raises(Unavailable, match=r"nowhere\.test has no address"):
        _network("http://nowhere.test/directory").get("http://nowhere.test/directory")
    assert addresses == {}


def test_tls_must_prove_the_name_and_not_the_address(believing_pebble: Pebble, addresses: Addresses) -> None:
    """A certificate for the address behind a name does not do for the name."""
    addresses |= {"localhost": ["127.0.0.1"], "other.test": ["127.0.0.1"]}
    bundle = str(believing_pebble.ca_bundle)
    by_name = believing_pebble.directory_url.replace("127.0.0.1", "localhost")
    assert _network(by_name, bundle).directory.new_order
    by_other_name = believing_pebble.directory_url.replace("127.0.0.1", "other.test")
    with pytest.raises(Unavailable) as caught:
        _network(by_other_name, bundle).get(by_other_name)
    assert caught.value.code == "ca-untrusted"


def test_connections_are_kept_open_between_requests(scripted: ScriptedCa, scripted_client: Client) -> None:
    """An order costs one TLS handshake, not one a request."""
    scripted.add("/order/1", Answer(body={"status": "ready"}))
    for _ in range(5):
        scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    assert len({item.peer for item in scripted.received}) == 1


def _network(directory_url: str, ca_bundle: str = "") -> AcmeNetwork:
    port = directory_url.split("/")[2].partition(":")[2] or "80"
    egress = Egress(allow=parse_allow_list(f"127.0.0.0/8:{port}"))
    return AcmeNetwork(directory_url, egress=egress, clock=WallClock(), ca_bundle=ca_bundle)
