"""What a request may choose, at a real CA: chains, CSRs, IP addresses, and what the directory says is on offer."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from certwright.adapters.ca_directories import AcmeDirectories
from certwright.adapters.egress import Egress, parse_allow_list
from certwright.adapters.keys import PemKeys
from certwright.adapters.signing_requests import PemSigningRequests
from certwright.domain.errors import Unavailable
from certwright.domain.order import Order, Status
from tests.support.acme_client import Client, WallClock, answer_all, poll
from tests.support.csrs import build_csr
from tests.support.pebble_process import Pebble

KEYS = PemKeys()


def finish(client: Client, csr: bytes, *names: str, challenge: str = "dns-01") -> Order:
    """Order and finalize with a CSR."""
    order = client.ca.place_order(names, "default", "")
    answer_all(client, order, challenge)
    ready = poll(lambda: client.ca.fetch_order(order.url), Status.READY)
    client.ca.finalize(ready, csr)
    return poll(lambda: client.ca.fetch_order(order.url), Status.VALID)


def test_every_other_chain_of_the_ca_is_offered_with_its_root(client: Client, believing_pebble: Pebble) -> None:
    """The same leaf under another root, whose name is what a request prefers by."""
    order = finish(client, KEYS.build_csr(KEYS.generate("ec-p256"), ["chain.test"]), "chain.test")
    default = KEYS.read_leaf(client.ca.download(order))
    (other,) = (KEYS.read_leaf(chain) for chain in client.ca.download_alternates(order))
    assert (other.serial, other.public_key) == (default.serial, default.public_key)
    roots = [x509.load_pem_x509_certificate(believing_pebble.root(at)) for at in range(2)]
    names = [root.subject.rfc4514_string().removeprefix("CN=") for root in roots]
    assert [default.root, other.root] == names
    assert names[0] != names[1]


def test_a_users_csr_is_certified_as_it_is(client: Client) -> None:
    """With a common name and an RSA key, as other tools make them."""
    text = build_csr(rsa.generate_private_key(65537, 2048), [x509.DNSName("own.test")], common_name="own.test")
    request = PemSigningRequests().read(text)
    leaf = KEYS.read_leaf(client.ca.download(finish(client, request.der, *request.names)))
    assert (leaf.public_key, leaf.names) == (request.public_key, ("own.test",))


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::1"])
def test_an_ip_address_is_ordered_and_certified_as_one(client: Client, address: str) -> None:
    """RFC 8738; the authorization names it as we do."""
    names = (address, "beside.test")
    order = finish(client, KEYS.build_csr(KEYS.generate("ec-p256"), names), *names, challenge="http-01")
    assert set(order.names) == set(names)
    assert set(KEYS.read_leaf(client.ca.download(order)).names) == set(names)


def test_a_directory_tells_what_the_ca_offers_and_is_kept_for_a_while(believing_pebble: Pebble) -> None:
    """Requests are checked against it without asking the CA each time."""
    port = believing_pebble.directory_url.rpartition(":")[2].partition("/")[0]
    egress = Egress(allow=parse_allow_list(f"127.0.0.1/32:{port}"))
    directories = AcmeDirectories(egress, WallClock(), str(believing_pebble.ca_bundle))
    offer = directories.describe(believing_pebble.directory_url)
    assert offer.profiles == ("default", "shortlived")
    assert offer.caa_identities == ("pebble.letsencrypt.org",)
    assert offer.terms_of_service.startswith("data:")
    assert (offer.has_renewal_information, offer.is_external_account_required) == (True, False)
    assert directories.describe(believing_pebble.directory_url) is offer
    with pytest.raises(Unavailable):
        directories.describe("https://127.0.0.1:1/dir")
