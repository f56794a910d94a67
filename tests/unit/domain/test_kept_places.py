"""What an attempt that failed leaves to the next of the places that it had reserved."""

import pytest

from certwright.domain.budget import Place
from certwright.domain.certificate import Attempt, Stage
from certwright.domain.limits import Kind
from certwright.domain.order import Status
from certwright.domain.reservation import kept_places

SET, ORDERS = (Place(f"ca#{kind.value}", kind, "limited", is_reserved=True) for kind in (Kind.SET, Kind.ORDERS))
PLACED = Attempt("att_1", 0, "acc_1", "key", order_url="https://ca.test/order/1")
FINALIZED = Attempt("att_1", 0, "acc_1", "key", order_url="https://ca.test/order/1", stages=(Stage("finalized", 1),))

STORED = Attempt("att_1", 0, "acc_1", "key", order_url="https://ca.test/order/1", is_stored=True)


@pytest.mark.parametrize(
    ("attempt", "status", "kept"),
    [
        (Attempt("att_1", 0, "acc_1", "key"), None, (SET, ORDERS)),
        (PLACED, Status.INVALID, (SET,)),
        (PLACED, None, (SET,)),
        (FINALIZED, None, ()),
        (FINALIZED, Status.VALID, ()),
        (STORED, None, ()),
        (PLACED, Status.PENDING, (SET,)),
        (PLACED, Status.READY, ()),
    ],
)
def test_a_place_is_kept_where_the_ca_can_not_have_counted(
    attempt: Attempt, status: Status | None, kept: tuple[Place, ...]
) -> None:
    """An order that the CA lost before it was finalized brought no certificate: its place is left.

    That one was stored tells as much, where whoever finalized it died before saying so.
    """
    assert kept_places((SET, ORDERS), attempt, status) == kept
