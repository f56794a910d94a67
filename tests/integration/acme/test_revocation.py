"""Revocation at a real CA: by the account and by the certificate's own key."""

import json
import ssl
from urllib.request import urlopen

import pytest

from certwright.adapters.acme_revocation import revoke_by_key
from certwright.adapters.keys import PemKeys
from certwright.domain.errors import CaRefusal, InvalidRequest, Unavailable
from certwright.domain.order import Status
from certwright.domain.revocation import Reason
from tests.support.acme_client import Client, answer_all, issue, poll, register
from tests.support.acme_server import ScriptedCa
from tests.support.pebble_process import Pebble

KEYS = PemKeys()


def issue_with_key(client: Client, key_type: str) -> tuple[bytes, bytes]:
    """Get a certificate, and return its key and its chain."""
    order = client.ca.place_order(["own-key.test"], "default", "")
    answer_all(client, order)
    ready = poll(lambda: client.ca.fetch_order(order.url), Status.READY)
    key = KEYS.generate(key_type)
    client.ca.finalize(ready, KEYS.build_csr(key, ["own-key.test"]))
    return key, client.ca.download(poll(lambda: client.ca.fetch_order(order.url), Status.VALID))


def status_at(pebble: Pebble, chain: bytes) -> tuple[str, object]:
    """Ask the CA what it thinks of a certificate: status and reason."""
    context = ssl.create_default_context(cafile=pebble.ca_bundle)
    url = f"{pebble.management_url}/cert-status-by-serial/{KEYS.read_leaf(chain).serial}"
    with urlopen(url, timeout=20, context=context) as reply:  # noqa: S310 - our own URL
        found = json.load(reply)
    return found["Status"], found.get("Reason")


def test_the_account_revokes_what_it_ordered(client: Client, believing_pebble: Pebble) -> None:
    """With its reason; again is no error (RFC 8555 §7.6, alreadyRevoked)."""
    chain = issue(client, "revoked.test")
    assert status_at(believing_pebble, chain)[0] == "Valid"
    for _ in range(2):
        client.ca.revoke(chain, Reason.SUPERSEDED)
    assert status_at(believing_pebble, chain) == ("Revoked", 4)


@pytest.mark.parametrize("key_type", ["ec-p256", "ec-p384", "rsa-2048"])
def test_its_own_key_revokes_a_certificate_without_any_account(
    client: Client, believing_pebble: Pebble, key_type: str
) -> None:
    """Whoever has the key may: that is how a leaked one is reported."""
    key, chain = issue_with_key(client, key_type)
    for _ in range(2):
        revoke_by_key(client.network, key, chain, Reason.KEY_COMPROMISE)
    assert status_at(believing_pebble, chain) == ("Revoked", 1)


def test_another_key_and_another_account_revoke_nothing(client: Client, believing_pebble: Pebble) -> None:
    """A key that is not the certificate's is not even sent for."""
    key, chain = issue_with_key(client, "ec-p256")
    asked = len(client.network.asked)
    with pytest.raises(InvalidRequest, match="not the certificate's"):
        revoke_by_key(client.network, KEYS.generate("ec-p256"), chain, Reason.KEY_COMPROMISE)
    with pytest.raises(InvalidRequest, match="not PEM"):
        revoke_by_key(client.network, key, b"nonsense", Reason.KEY_COMPROMISE)
    assert len(client.network.asked) == asked
    with pytest.raises(CaRefusal):
        register(believing_pebble).ca.revoke(issue(register(believing_pebble), "other.test"), Reason.UNSPECIFIED)


def test_a_ca_without_revocation_is_told_apart(scripted: ScriptedCa, scripted_client: Client, client: Client) -> None:
    """Its directory names no place to ask."""
    chain = issue(client, "nowhere.test")
    with pytest.raises(Unavailable, match="offers no revocation"):
        scripted_client.ca.revoke(chain, Reason.UNSPECIFIED)
