"""Accounts: made once, found again by their key."""

from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from certwright.adapters.acme_account import new_account_key
from certwright.domain.errors import CaRefusal
from certwright.ports import ExternalAccount
from tests.support.acme_client import Client, connect
from tests.support.acme_server import Answer, ScriptedCa
from tests.support.pebble_process import Pebble, PebbleOptions, running_pebble


def test_a_key_that_has_an_account_finds_it_again(believing_pebble: Pebble) -> None:
    """Two workers that register one key get one account, and both can use it."""
    key = new_account_key()
    first, second = _connect(believing_pebble, key), _connect(believing_pebble, key)
    url = first.registration.register("operator@example.com", terms_agreed=True)
    assert second.registration.register("", terms_agreed=True) == url
    assert first.registration.thumbprint() == second.registration.thumbprint()
    order = second.ca.place_order(["account.test"], "default", "")
    assert first.ca.fetch_order(order.url).url == order.url


def test_an_account_goes_on_under_its_url_without_registering_again(believing_pebble: Pebble) -> None:
    """Key and URL, kept from an earlier invocation, are all that it takes."""
    key = new_account_key()
    url = _connect(believing_pebble, key).registration.register("", terms_agreed=True)
    later = connect(
        believing_pebble.directory_url,
        ca_bundle=str(believing_pebble.ca_bundle),
        account_key=key,
        account_url=url,
    )
    assert later.ca.place_order(["later.test"], "default", "").url


def test_terms_that_are_not_agreed_to_are_refused_by_the_ca(believing_pebble: Pebble) -> None:
    """Agreement is never assumed: what the operator did not say is not sent."""
    client = _connect(believing_pebble, new_account_key())
    with pytest.raises(CaRefusal, match="terms of service"):
        client.registration.register("", terms_agreed=False)


@pytest.mark.parametrize(
    ("contact", "sent"),
    [
        ("", {"termsOfServiceAgreed": True}),
        ("a@example.com", {"termsOfServiceAgreed": True, "contact": ["mailto:a@example.com"]}),
        ("mailto:a@example.com", {"termsOfServiceAgreed": True, "contact": ["mailto:a@example.com"]}),
    ],
)
def test_a_contact_is_sent_as_url_and_left_out_when_empty(
    scripted: ScriptedCa, scripted_client: Client, contact: str, sent: object
) -> None:
    """The account is signed for by its bare key (RFC 8555 §7.3)."""
    scripted.add("/account", Answer(201, {}, {"Location": f"{scripted.url}/account/7"}))
    assert scripted_client.registration.register(contact, terms_agreed=True) == f"{scripted.url}/account/7"
    (request,) = scripted.asked("/account")
    assert (request.payload, request.kid) == (sent, "")


def test_a_ca_that_wants_a_binding_gets_one(folder: Path) -> None:
    """Signed by the operator's HMAC key, padded or not; without it, or with another's, there is no account."""
    secret = urlsafe_b64encode(bytes(range(32))).decode()
    with running_pebble(folder, PebbleOptions(external_accounts={"kid-1": secret.rstrip("=")})) as pebble:
        registration = _connect(pebble, new_account_key()).registration
        for external in (None, ExternalAccount("kid-1", "c2VjcmV0"), ExternalAccount("kid-2", secret)):
            with pytest.raises(CaRefusal):
                registration.register("", True, external)
        for text in (secret, secret.rstrip("=")):
            assert registration.register("", True, ExternalAccount("kid-1", text)).startswith("https://")


def test_the_contact_is_changed_and_taken_away(believing_pebble: Pebble) -> None:
    """In the account's name."""
    client = _connect(believing_pebble, new_account_key())
    url = client.registration.register("a@example.com", terms_agreed=True)
    seen = []
    for contact in ("b@example.com", ""):
        client.registration.change_contact(url, contact)
        seen.append(client.session.read(url).document().get("contact"))
    assert seen[0] == ["mailto:b@example.com"]
    assert not seen[1]


def test_the_key_is_replaced_and_the_url_stays(believing_pebble: Pebble) -> None:
    """The new key has the account, the old one has none any more."""
    old, new = new_account_key(), new_account_key()
    client = _connect(believing_pebble, old)
    assert client.registration.find() == ""
    url = client.registration.register("", terms_agreed=True)
    assert _connect(believing_pebble, new).registration.find() == ""
    client.registration.change_key(url, new)
    assert _connect(believing_pebble, new).registration.find() == url
    assert _connect(believing_pebble, old).registration.find() == ""
    bundle = str(believing_pebble.ca_bundle)
    later = connect(believing_pebble.directory_url, ca_bundle=bundle, account_key=new, account_url=url)
    assert later.ca.place_order(["rolled.test"], "default", "").url


def test_an_account_is_given_up_once_and_for_all(believing_pebble: Pebble) -> None:
    """Again is fine; nothing can be ordered by it."""
    client = _connect(believing_pebble, new_account_key())
    url = client.registration.register("", terms_agreed=True)
    for _ in range(2):
        client.registration.deactivate(url)
    with pytest.raises(CaRefusal):
        client.ca.place_order(["given-up.test"], "default", "")


def _connect(pebble: Pebble, key: bytes) -> Client:
    return connect(pebble.directory_url, ca_bundle=str(pebble.ca_bundle), account_key=key)
