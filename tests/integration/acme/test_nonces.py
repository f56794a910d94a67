"""Nonces: what a CA refuses for its nonce alone is repeated, with the nonce that came with the refusal."""

from pathlib import Path

import pytest

from certwright.adapters.acme_session import NONCE_PAUSES
from certwright.domain.errors import CaRefusal, Unavailable
from tests.support.acme_client import Client, issue, register
from tests.support.acme_server import Answer, ScriptedCa, problem
from tests.support.pebble_process import PebbleOptions, running_pebble

BAD_NONCE = problem("badNonce", 400)
ORDER = {"status": "ready", "identifiers": [], "finalize": "", "authorizations": []}


def test_hundreds_of_requests_survive_a_ca_that_rejects_three_nonces_in_ten(folder: Path) -> None:
    """No request fails for its nonce, whatever the CA's luck."""
    with running_pebble(folder, PebbleOptions(is_always_valid=True, nonce_reject=30)) as pebble:
        client = register(pebble)
        order = client.ca.place_order(["nonces.test"], "default", "")
        for _ in range(150):
            assert client.ca.fetch_order(order.url).url == order.url
        assert issue(client, "nonces.test")
    assert client.network.asked.count(order.url) > 165, "this CA hardly rejected a nonce"


def test_a_rejected_nonce_is_followed_by_the_one_the_rejection_brought(
    scripted: ScriptedCa, scripted_client: Client
) -> None:
    """The repetition uses the error's own nonce (RFC 8555 §6.5), and the next request the success's."""
    scripted.add("/order/1", BAD_NONCE, Answer(body=ORDER))
    scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    numbers = [item.nonce for item in scripted.asked("/order/1")]
    assert len(set(numbers)) == 3
    assert len(scripted.asked("/nonce")) == 1


def test_a_rejection_that_brings_no_nonce_is_followed_by_a_fresh_one(
    scripted: ScriptedCa, scripted_client: Client
) -> None:
    """CAs that forget the header of RFC 8555 §6.5 are asked for a nonce."""
    scripted.add("/order/1", Answer(400, BAD_NONCE.body, nonce=""), Answer(body=ORDER))
    scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    assert len(scripted.asked("/nonce")) == 2


def test_other_refusals_are_not_repeated_but_their_nonce_is_used(scripted: ScriptedCa, scripted_client: Client) -> None:
    """An error's nonce saves the next request a round trip."""
    scripted.add("/order/1", problem("unauthorized", 403), Answer(body=ORDER))
    with pytest.raises(CaRefusal):
        scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    assert len(scripted.asked("/order/1")) == 2
    assert len(scripted.asked("/nonce")) == 1


def test_a_ca_that_rejects_every_nonce_is_given_up_within_two_seconds(
    scripted: ScriptedCa, scripted_client: Client
) -> None:
    """The repetitions are bounded, in number and in time."""
    scripted.add("/order/1", BAD_NONCE)
    with pytest.raises(CaRefusal) as caught:
        scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    assert caught.value.type == "badNonce"
    assert len(scripted.asked("/order/1")) == 1 + len(NONCE_PAUSES)
    assert scripted_client.clock.slept < sum(NONCE_PAUSES) < 2


def test_a_nonce_kept_while_frozen_can_be_dropped(scripted: ScriptedCa, scripted_client: Client) -> None:
    """An invocation that begins with `forget_nonces` sends no stale nonce."""
    scripted.add("/order/1", Answer(body=ORDER))
    scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    scripted_client.session.forget_nonces()
    scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    assert len(scripted.asked("/nonce")) == 2


def test_a_nonce_that_is_not_base64url_is_ignored(scripted: ScriptedCa, scripted_client: Client) -> None:
    """RFC 8555 §6.5.1 demands it; the next request asks for another."""
    scripted.add("/order/1", Answer(body=ORDER, nonce="not/base64url!"))
    scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    assert len(scripted.asked("/nonce")) == 2


def test_a_ca_without_nonces_is_unavailable(scripted: ScriptedCa, scripted_client: Client) -> None:
    """Without a nonce nothing is signed."""
    scripted.add("/nonce", Answer(body=b"", nonce=""))
    with pytest.raises(Unavailable, match="nonce"):
        scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    assert scripted.asked("/order/1") == []
