"""Orders at a real CA: what a public CA does with them, Pebble does too."""

import json

import pytest
from cryptography import x509

from certwright.adapters.keys import PemKeys
from certwright.domain.errors import CaRefusal, InvalidRequest
from certwright.domain.order import Order, Status
from tests.support.acme_client import Client, answer_all, connect, issue, place_order, poll, register
from tests.support.eventually import eventually
from tests.support.pebble_process import Pebble


def test_an_order_goes_from_pending_to_a_chain_for_its_names_and_key(client: Client, believing_pebble: Pebble) -> None:
    """An apex and its wildcard become one certificate for our key, signed under the CA's root."""
    keys, names = PemKeys(), ("example.test", "*.example.test")
    private_key = keys.generate("ec256")
    order = client.ca.place_order(names, "shortlived", "")
    assert order.status is Status.PENDING
    assert order.names == ("*.example.test", "example.test")
    assert order.expires_at > client.clock.now()
    authorizations = [client.ca.fetch_authorization(url) for url in order.authorization_urls]
    assert {item.name for item in authorizations} == set(names)
    assert {item.identifier for item in authorizations} == {"example.test"}
    answer_all(client, order)
    ready = poll(lambda: client.ca.fetch_order(order.url), Status.READY)
    finalized = client.ca.finalize(ready, keys.build_csr(private_key, names))
    assert (finalized.url, finalized.status in (Status.PROCESSING, Status.VALID)) == (order.url, True)
    chain = client.ca.download(poll(lambda: client.ca.fetch_order(order.url), Status.VALID))
    leaf = keys.read_leaf(chain)
    assert leaf.names == ("*.example.test", "example.test")
    assert leaf.public_key == keys.public_key(private_key)
    issued, intermediate = x509.load_pem_x509_certificates(chain)
    issued.verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(x509.load_pem_x509_certificate(believing_pebble.root()))


def test_challenges_of_every_type_are_kept_and_those_we_know_can_be_found(client: Client) -> None:
    """A CA that offers challenges which we do not know does not disturb us."""
    (url,) = client.ca.place_order(["types.test"], "default", "").authorization_urls
    authorization = client.ca.fetch_authorization(url)
    types = {challenge.type for challenge in authorization.challenges}
    assert types > {"http-01", "dns-01"}
    known = authorization.challenge("dns-01")
    assert known is not None
    assert known.token
    assert known.status is Status.PENDING


def test_answering_a_challenge_again_changes_nothing(client: Client) -> None:
    """A worker that crashed after an answer may repeat it, whether the CA has looked meanwhile or not."""
    order = client.ca.place_order(["again.test"], "default", "")
    answer_all(client, order)
    answer_all(client, order)
    poll(lambda: client.ca.fetch_order(order.url), Status.READY)
    answer_all(client, order)
    assert client.ca.fetch_order(order.url).status is Status.READY


def test_an_order_can_be_placed_for_a_hundred_names(client: Client) -> None:
    """Every one of many names has its authorization; none is read with the order."""
    names = [f"n{number}.many.test" for number in range(100)]
    order = client.ca.place_order(names, "default", "")
    assert order.names == tuple(sorted(names))
    assert len(set(order.authorization_urls)) == len(names)


def test_finalizing_too_early_is_refused_by_type(client: Client) -> None:
    """The race between the last authorization and the order's status is told from a bad CSR by its type."""
    keys = PemKeys()
    order = client.ca.place_order(["early.test"], "default", "")
    with pytest.raises(CaRefusal) as caught:
        client.ca.finalize(order, keys.build_csr(keys.generate("ec256"), ["early.test"]))
    assert caught.value.type == "orderNotReady"


def test_an_order_without_certificate_is_not_downloaded(client: Client) -> None:
    """Downloading too early is our own mistake, and said to be."""
    order = client.ca.place_order(["pending.test"], "default", "")
    with pytest.raises(InvalidRequest, match="poll it"):
        client.ca.download(order)


def test_an_unknown_profile_is_refused_with_its_own_type(client: Client) -> None:
    """The type invalidProfile reaches the caller though it is newer than RFC 8555."""
    refusal = _refused(client, ["profile.test"], profile="no-such-profile")
    assert refusal.type == "invalidProfile"
    assert "no-such-profile" in refusal.sentence
    assert refusal.problem.actor == "operator"


def test_a_name_that_policy_forbids_is_refused_with_its_document(client: Client) -> None:
    """The type rejectedIdentifier comes with HTTP status and the whole problem document."""
    refusal = _refused(client, ["blocked.example"])
    assert (refusal.type, refusal.status) == ("rejectedIdentifier", 400)
    assert json.loads(refusal.document)["type"] == "urn:ietf:params:acme:error:rejectedIdentifier"


def test_an_order_that_is_not_there_is_told_by_its_status(client: Client) -> None:
    """A thrown away order is a refusal with status 404, which the caller can close its attempt upon."""
    order = client.ca.place_order(["gone.test"], "default", "")
    with pytest.raises(CaRefusal, match="gone or has expired") as caught:
        client.ca.fetch_order(order.url + "0")
    assert caught.value.status == 404


def test_replaces_is_honoured_once_and_then_refused_as_already_replaced(client: Client) -> None:
    """The 409 of RFC 9773 §5 keeps its type and document, so that the caller can order without `replaces`."""
    first = PemKeys().read_leaf(issue(client, "replaced.test"))
    second = PemKeys().read_leaf(issue(client, "replaced.test", replaces=first.ari_id))
    assert second.serial != first.serial
    eventually(lambda: _accepts(client, ["replaced.test"], replaces=first.ari_id), False)
    refusal = _refused(client, ["replaced.test"], replaces=first.ari_id)
    assert (refusal.type, refusal.status) == ("alreadyReplaced", 409)
    assert json.loads(refusal.document)["detail"] == refusal.sentence


def test_another_account_can_not_replace(client: Client, believing_pebble: Pebble) -> None:
    """Renewal information is bound to the account that ordered."""
    leaf = PemKeys().read_leaf(issue(client, "mine.test"))
    refusal = _refused(register(believing_pebble), ["mine.test"], replaces=leaf.ari_id)
    assert refusal.type in ("unauthorized", "malformed")


def test_the_directory_is_fetched_once_and_can_be_given(believing_pebble: Pebble) -> None:
    """A directory kept from an earlier invocation saves the request."""
    client = register(believing_pebble)
    assert client.network.asked.count(believing_pebble.directory_url) == 1
    directory = client.network.directory
    assert directory.profiles == ("default", "shortlived")
    assert directory.caa_identities == ("pebble.letsencrypt.org",)
    assert directory.terms_of_service
    assert not directory.is_external_account_required


def test_an_order_of_another_account_is_refused(client: Client, believing_pebble: Pebble) -> None:
    """A refusal because of the account says so by type, and not that the order is gone."""
    order = client.ca.place_order(["private.test"], "default", "")
    with pytest.raises(CaRefusal) as caught:
        register(believing_pebble).ca.fetch_order(order.url)
    assert caught.value.type == "unauthorized"


def test_an_account_key_that_was_never_registered_can_not_order(believing_pebble: Pebble) -> None:
    """The session asks for registration before it sends anything in the name of an account."""
    client = connect(believing_pebble.directory_url, ca_bundle=str(believing_pebble.ca_bundle))
    with pytest.raises(InvalidRequest, match="register"):
        client.ca.place_order(["unregistered.test"], "", "")


def test_the_order_keeps_its_url_when_it_is_read_again(client: Client) -> None:
    """Reading an order gives the same value as placing it, as long as nothing happened."""
    placed = client.ca.place_order(["same.test"], "default", "")
    read = client.ca.fetch_order(placed.url)
    assert _comparable(read) == _comparable(placed)


def _refused(client: Client, names: list[str], profile: str = "default", replaces: str = "") -> CaRefusal:
    with pytest.raises(CaRefusal) as caught:
        place_order(client, names, profile, replaces)
    return caught.value


def _accepts(client: Client, names: list[str], replaces: str) -> bool:
    """Try an order: Pebble notes what is replaced a moment after the new certificate can be downloaded."""
    try:
        client.ca.place_order(names, "default", replaces)
    except CaRefusal:
        return False
    return True


def _comparable(order: Order) -> tuple[object, ...]:
    return order.url, order.status, order.names, order.finalize_url, order.expires_at, set(order.authorization_urls)
