"""Answers that no CA should give, and networks as they are: each becomes an error that says what to do."""

import logging
import socket

import pytest

from certwright.adapters import acme_connection, acme_network
from certwright.domain.errors import CaRefusal, Unavailable
from certwright.domain.order import Order, Status
from tests.support.acme_client import Client, connect
from tests.support.acme_server import Answer, ScriptedCa, problem
from tests.support.pebble_process import Pebble

HTML = b"<html>Down for maintenance</html>"
FAR_AWAY = "Fri, 31 Dec 2399 23:59:59 GMT"
LONG_AGO = "Sat, 01 Jan 2000 00:00:00 GMT"
WEEK = 7 * 86400


@pytest.mark.parametrize(("header", "seconds"), [("120", 120), (FAR_AWAY, WEEK), (LONG_AGO, 0), ("", 0), ("soon", 0)])
def test_a_rate_limit_keeps_its_document_and_when_to_come_back(
    scripted: ScriptedCa, scripted_client: Client, header: str, seconds: float
) -> None:
    """Retry-After is read as seconds or date, and bounded to a week."""
    scripted.add("/order", problem("rateLimited", 429, "Too many certificates.", Retry_After=header))
    with pytest.raises(CaRefusal, match=r"^Too many certificates\.$") as caught:
        scripted_client.ca.place_order(["a.test"], "", "")
    assert (caught.value.type, caught.value.status) == ("rateLimited", 429)
    assert caught.value.retry_after_seconds == seconds


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_an_error_page_is_unavailable_and_keeps_its_retry_after(
    scripted: ScriptedCa, scripted_client: Client, status: int
) -> None:
    """A load balancer's page is not a refusal."""
    scripted.add("/order", Answer(status, HTML, {"Retry-After": "60"}))
    with pytest.raises(Unavailable, match=str(status)) as caught:
        scripted_client.ca.place_order(["a.test"], "", "")
    assert caught.value.retry_after_seconds == 60


def test_an_internal_error_of_the_ca_is_its_refusal(scripted: ScriptedCa, scripted_client: Client) -> None:
    """A problem document counts whatever the status."""
    scripted.add("/order", problem("serverInternal", 500, Retry_After="60"))
    with pytest.raises(CaRefusal) as caught:
        scripted_client.ca.place_order(["a.test"], "", "")
    assert (caught.value.type, caught.value.retry_after_seconds) == ("serverInternal", 60)


def test_a_redirect_is_refused_and_not_followed(scripted: ScriptedCa, scripted_client: Client) -> None:
    """A CA can't send our signed requests elsewhere."""
    scripted.add("/order", Answer(307, b"", {"Location": f"{scripted.url}/elsewhere"}))
    with pytest.raises(CaRefusal) as caught:
        scripted_client.ca.place_order(["a.test"], "", "")
    assert (caught.value.type, caught.value.status) == ("", 307)
    assert scripted.asked("/elsewhere") == []


@pytest.mark.parametrize("status", [200, 403])
def test_a_body_without_end_is_not_read_to_its_end(scripted: ScriptedCa, scripted_client: Client, status: int) -> None:
    """The size of what we take in is ours to decide, in errors too."""
    scripted.add("/order/1", Answer(status, b"x" * (acme_network.MAX_BODY_BYTES + 1)))
    with pytest.raises(Unavailable, match="more than"):
        scripted_client.ca.fetch_order(f"{scripted.url}/order/1")


def test_a_body_that_trickles_is_given_up(
    scripted: ScriptedCa, scripted_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CA that sends a byte now and then can't hold an invocation to its end."""
    hours = iter(range(0, 3_600_000 * 100, 3_600_000))
    monkeypatch.setattr(scripted_client.clock, "now", lambda: next(hours))
    scripted.add("/order/1", Answer(body={"status": "ready"}))
    with pytest.raises(Unavailable, match="too slowly"):
        scripted_client.ca.fetch_order(f"{scripted.url}/order/1")


def test_a_body_that_is_cut_off_is_unavailable(scripted: ScriptedCa, scripted_client: Client) -> None:
    """Half an answer is none."""
    scripted.add("/order/1", Answer(body={"status": "ready"}, promised=1000))
    with pytest.raises(Unavailable, match="did not answer"):
        scripted_client.ca.fetch_order(f"{scripted.url}/order/1")


@pytest.mark.parametrize("body", [HTML, b"", b"[" * 100_000, [1, 2], {}, {"status": "lost"}, {"status": 7}])
def test_what_is_not_an_order_is_unavailable(scripted: ScriptedCa, scripted_client: Client, body: object) -> None:
    """A success that makes no sense is the CA's passing trouble, not ours."""
    scripted.add("/order/1", Answer(body=body))
    with pytest.raises(Unavailable) as caught:
        scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    assert caught.value.code == "ca-garbled"


@pytest.mark.parametrize("body", [{"status": "pending"}, {"identifier": {"value": "a.test"}}, {}])
def test_what_is_not_an_authorization_is_unavailable(
    scripted: ScriptedCa, scripted_client: Client, body: object
) -> None:
    """What an order must prove is not guessed."""
    scripted.add("/authorization", Answer(body=body))
    with pytest.raises(Unavailable, match="sent an"):
        scripted_client.ca.fetch_authorization(f"{scripted.url}/authorization")


@pytest.mark.parametrize("gone", [Answer(404, b""), problem("malformed", 404, "Expired authorization")])
def test_an_authorization_that_expired_is_told_as_gone(
    scripted: ScriptedCa, scripted_client: Client, gone: Answer
) -> None:
    """An order that lost an authorization can't succeed: a refusal with status 404."""
    scripted.add("/authorization", gone)
    with pytest.raises(CaRefusal, match="gone or has expired") as caught:
        scripted_client.ca.fetch_authorization(f"{scripted.url}/authorization")
    assert caught.value.status == 404


def test_a_placed_order_comes_back_before_anything_else_is_asked(scripted: ScriptedCa, scripted_client: Client) -> None:
    """An order that counts against our limits is not forgotten for what comes after it."""
    order = _script_pending_order(scripted, Answer(503, HTML))
    scripted.add("/order", Answer(201, order, {"Location": f"{scripted.url}/order/1"}))
    placed = scripted_client.ca.place_order(["a.test"], "", "")
    assert (placed.url, placed.status) == (f"{scripted.url}/order/1", Status.PENDING)
    assert placed.authorization_urls == (f"{scripted.url}/authorization",)
    assert scripted.asked("/authorization") == []


def test_an_order_without_url_is_unavailable(scripted: ScriptedCa, scripted_client: Client) -> None:
    """Without its URL an order is lost, and it is said so."""
    scripted.add("/order", Answer(201, {"status": "ready"}))
    with pytest.raises(Unavailable, match="no URL for the order"):
        scripted_client.ca.place_order(["a.test"], "", "")


@pytest.mark.parametrize(
    ("header", "retry_at"), [("0", 1_001_000), ("7", 1_007_000), ("86400", 1_300_000), ("", 0), ("soon", 0)]
)
def test_when_to_ask_again_is_kept_between_a_second_and_five_minutes(
    scripted: ScriptedCa, scripted_client: Client, monkeypatch: pytest.MonkeyPatch, header: str, retry_at: int
) -> None:
    """A CA that says "three days" does not stop an order; 0 where it says nothing."""
    monkeypatch.setattr(scripted_client.clock, "now", lambda: 1_000_000)
    scripted.add("/order/1", Answer(body={"status": "processing"}, headers={"Retry-After": header}))
    order = scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    assert order.retry_at == retry_at


@pytest.mark.parametrize("body", [HTML, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b""])
def test_a_chain_that_is_not_certificates_only_is_not_taken(
    scripted: ScriptedCa, scripted_client: Client, body: bytes
) -> None:
    """What users install holds certificates, and nothing that a CA slips in (RFC 8555 §9.1)."""
    scripted.add("/certificate", Answer(body=body))
    order = Order(
        url="",
        status=Status.VALID,
        names=(),
        finalize_url="",
        authorization_urls=(),
        certificate_url=f"{scripted.url}/certificate",
    )
    with pytest.raises(Unavailable, match="PEM certificates only"):
        scripted_client.ca.download(order)


@pytest.mark.parametrize("body", [{}, {"newNonce": "x", "newOrder": "y"}])
def test_a_url_that_is_no_directory_is_told(scripted: ScriptedCa, scripted_client: Client, body: object) -> None:
    """A mistyped directory URL says what is missing there."""
    scripted.replace("/directory", Answer(body=body))
    with pytest.raises(Unavailable, match=r"newAccount.*check its URL"):
        scripted_client.ca.place_order(["a.test"], "", "")


def test_a_challenge_that_can_not_be_answered_any_more_is_refused(
    scripted: ScriptedCa, scripted_client: Client
) -> None:
    """Only what was answered before is taken for answered."""
    scripted.add("/challenge", problem("malformed", 400, "Authorization expired"), Answer(body={"status": "pending"}))
    with pytest.raises(CaRefusal, match="Authorization expired"):
        scripted_client.ca.answer(f"{scripted.url}/challenge")


def test_a_ca_that_is_down_is_unavailable() -> None:
    """A refused connection names the host, and is tried again."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1 did not answer"):
        connect(f"http://127.0.0.1:{port}/directory").ca.place_order(["a.test"], "", "")


def test_a_ca_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every wait for the network has an end."""
    monkeypatch.setattr(acme_connection, "READ_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = connect(f"http://127.0.0.1:{silent.getsockname()[1]}/directory")
        with pytest.raises(Unavailable, match="ReadTimeoutError"):
            client.ca.place_order(["a.test"], "", "")


def test_a_ca_whose_tls_certificate_is_not_trusted_is_not_spoken_to(believing_pebble: Pebble) -> None:
    """Without its bundle a private CA is refused, and the remedy named."""
    with pytest.raises(Unavailable, match="CA bundle") as caught:
        connect(believing_pebble.directory_url).registration.register("", terms_agreed=True)
    assert caught.value.code == "ca-untrusted"


def test_no_signed_request_and_no_nonce_is_logged(
    scripted: ScriptedCa, scripted_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even at the most talkative level."""
    scripted.add("/order/1", Answer(body={"status": "ready"}))
    with caplog.at_level(logging.DEBUG):
        scripted_client.ca.fetch_order(f"{scripted.url}/order/1")
    (request,) = scripted.asked("/order/1")
    assert request.nonce not in caplog.text
    assert "protected" not in caplog.text


def test_we_say_who_we_are(scripted: ScriptedCa, scripted_client: Client) -> None:
    """A CA can tell our requests, as RFC 8555 §6.1 asks."""
    assert scripted_client.network.directory.new_order
    assert scripted.received[0].headers["User-Agent"].startswith("certwright/")


def _script_pending_order(scripted: ScriptedCa, authorization: Answer) -> dict[str, object]:
    order: dict[str, object] = {"status": "pending", "authorizations": [f"{scripted.url}/authorization"]}
    scripted.add("/order/1", Answer(body=order))
    scripted.add("/authorization", authorization)
    return order
