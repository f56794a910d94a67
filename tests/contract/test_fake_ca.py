"""The CA in memory keeps to RFC 8555 where flows rely on it; the adapter is proved against Pebble."""

import pytest

from certwright.adapters.keys import PemKeys
from certwright.domain.errors import CaRefusal, Unavailable
from certwright.domain.order import Status
from tests.fakes.ca import FakeCa, refuse
from tests.fakes.clock import FakeClock

NAMES = ("*.example.test", "example.test")


@pytest.fixture
def ca() -> FakeCa:
    return FakeCa(FakeClock())


def test_an_order_goes_from_pending_to_a_chain_that_can_be_read(ca: FakeCa) -> None:
    """Each status follows from its parts, and the leaf is the CSR's."""
    keys = PemKeys()
    key = keys.generate("ec256")
    order = ca.place_order(NAMES, "", "")
    assert order.status is Status.PENDING
    for url in order.authorization_urls:
        challenge = ca.fetch_authorization(url).challenge("dns-01")
        assert challenge
        ca.answer(challenge.url)
    order = ca.fetch_order(order.url)
    assert order.status is Status.READY

    order = ca.finalize(order, keys.build_csr(key, NAMES))
    leaf = keys.read_leaf(ca.download(order))

    assert order.status is Status.VALID
    assert leaf.names == NAMES
    assert leaf.public_key == keys.public_key(key)
    assert leaf.not_before <= ca.clock.now() < leaf.not_after
    assert leaf.ari_id


def test_a_wildcard_is_offered_no_http_01(ca: FakeCa) -> None:
    """RFC 8555 leaves it to CAs, and none offers it."""
    wildcard, plain = map(ca.fetch_authorization, ca.place_order(NAMES, "", "").authorization_urls)
    assert (wildcard.is_wildcard, wildcard.identifier, wildcard.challenge("http-01")) == (True, "example.test", None)
    assert plain.challenge("http-01")


def test_one_failed_challenge_ends_the_order_with_its_problem(ca: FakeCa) -> None:
    """RFC 8555 §7.1.6: an invalid authorization makes the order invalid, for good."""
    ca.validator = refuse
    order = ca.place_order(NAMES, "", "")
    challenge = ca.fetch_authorization(order.authorization_urls[0]).challenge("dns-01")
    assert challenge
    ca.answer(challenge.url)

    order = ca.fetch_order(order.url)

    assert order.status is Status.INVALID
    assert order.problem
    with pytest.raises(CaRefusal, match="invalid"):
        ca.finalize(order, b"")


def test_a_fault_strikes_before_or_after_the_effect(ca: FakeCa) -> None:
    """A lost answer is not a lost order."""
    ca.fail("place_order", Unavailable("gone"))
    with pytest.raises(Unavailable):
        ca.place_order(NAMES, "", "")
    assert ca.placed == []

    ca.fail("place_order", Unavailable("gone"), is_after=True)
    with pytest.raises(Unavailable):
        ca.place_order(NAMES, "", "")
    assert ca.placed == [NAMES]
    assert ca.place_order(NAMES, "", "").status is Status.PENDING
    assert ca.calls["place_order"] == 3


def test_the_same_open_order_comes_back_where_the_ca_reuses_them(ca: FakeCa) -> None:
    """Boulder does so for the same account, names and profile."""
    ca.reuses_orders = True
    first = ca.place_order(NAMES, "", "")
    assert ca.place_order(NAMES[::-1], "", "").url == first.url
    assert ca.place_order(NAMES, "shortlived", "").url != first.url


def test_a_certificate_is_replaced_once(ca: FakeCa) -> None:
    """RFC 9773 §5: `alreadyReplaced` is refused with 409."""
    ca.replaced.add("aki.serial")
    with pytest.raises(CaRefusal) as refused:
        ca.place_order(NAMES, "", "aki.serial")
    assert (refused.value.type, refused.value.status) == ("alreadyReplaced", 409)
