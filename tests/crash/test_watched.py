"""What makes a run void though no crash has to do with it."""

import pytest

from certwright.domain.order import Order, Status
from tests.crash.watched import is_disturbed


@pytest.mark.parametrize(
    ("method", "status", "is_void"),
    [
        ("place_order", Status.READY, True),
        ("place_order", Status.PENDING, False),
        ("fetch_order", Status.READY, False),
    ],
)
def test_an_order_that_nobody_had_to_prove_disturbs(method: str, status: Status, is_void: bool) -> None:
    """Pebble has used an authorization again; an order that has become ready is as it should be."""
    order = Order("https://ca.test/order/1", status, ("a.test",), "https://ca.test/finalize/1", ())
    assert is_disturbed(method, order) is is_void
