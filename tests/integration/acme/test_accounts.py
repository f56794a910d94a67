"""Accounts: made once, found again by their key."""

import pytest

from certwright.adapters.acme_account import new_account_key
from certwright.domain.errors import CaRefusal
from tests.support.acme_client import Client, connect
from tests.support.acme_server import Answer, ScriptedCa
from tests.support.pebble_process import Pebble


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


def _connect(pebble: Pebble, key: bytes) -> Client:
    return connect(pebble.directory_url, ca_bundle=str(pebble.ca_bundle), account_key=key)
