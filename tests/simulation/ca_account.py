"""One account at the simulated CA, as our flows see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain.errors import CaRefusal
from certwright.domain.identifier import identifier, is_wildcard
from certwright.domain.order import Authorization, Challenge, Order, Status
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import SECOND
from certwright.domain.revocation import Reason
from tests.simulation.ca_objects import Authorized, Ordered

if TYPE_CHECKING:
    from tests.simulation.simulated_ca import SimulatedCa

PROCESSING_PACE = 3 * SECOND
FAILED = Problem("ca-unauthorized", "The CA found another value.", Actor.USER)


@dataclass(slots=True)
class AccountAtCa:
    """A `Ca`."""

    ca: "SimulatedCa"
    url: str
    thumbprint: str

    def place_order(self, names: Sequence[str], profile: str, replaces: str) -> Order:
        is_late, self.ca.is_next_order_late = self.ca.is_next_order_late, False
        self.ca.be_reachable()
        return self._show(self.ca.place(self.url, tuple(names), profile, replaces, is_foreseeable=not is_late))

    def fetch_order(self, url: str) -> Order:
        return self._show(self._find(url))

    def fetch_authorization(self, url: str) -> Authorization:
        self.ca.be_reachable()
        item = self.ca.authorizations.get(url)
        if item is None or item.status(self.ca.now) is Status.EXPIRED:
            self.ca.count("ca: authorization expired when read")
            raise CaRefusal("Expired authorization", type="malformed", status=404)
        return show_authorization(item, self.ca.now)

    def answer(self, challenge_url: str) -> None:
        self.ca.be_reachable()
        self.ca.begin_validation(self.url, self.thumbprint, challenge_url)

    def finalize(self, order: Order, csr: bytes) -> Order:
        ordered = self._find(order.url)
        self.ca.finalize(ordered, csr)
        return self._show(ordered)

    def download(self, order: Order) -> bytes:
        ordered = self._find(order.url)
        if ordered.status(self.ca.now) is not Status.VALID:
            raise CaRefusal("There is no certificate yet.", type="malformed", status=404)
        return ordered.chain

    def download_alternates(self, order: Order) -> Sequence[bytes]:
        self._find(order.url)
        return ()

    def revoke(self, chain: bytes, reason: Reason) -> None:
        self.ca.be_reachable()

    def _find(self, url: str) -> Ordered:
        self.ca.be_reachable()
        ordered = self.ca.orders.get(url)
        if ordered is None or ordered.account != self.url or self.ca.strikes("ca-forgets-orders"):
            raise CaRefusal("There is no such order.", type="malformed", status=404)
        return ordered

    def _show(self, ordered: Ordered) -> Order:
        now = self.ca.now
        status = ordered.status(now)
        self.ca.count(f"order shown: {status}")
        for item in ordered.authorizations:
            self.ca.count(f"authorization shown: {item.status(now)}")
        shows_parts = status in (Status.PENDING, Status.INVALID) or not ordered.chain
        is_failed = any(item.is_failed for item in ordered.authorizations)
        return Order(
            url=ordered.url,
            status=status,
            names=ordered.names,
            finalize_url=f"{ordered.url}/finalize",
            authorization_urls=tuple(item.url for item in ordered.authorizations),
            authorizations=tuple(show_authorization(item, now) for item in ordered.authorizations if shows_parts),
            certificate_url=f"{ordered.url}/certificate" if status is Status.VALID else "",
            expires_at=ordered.expires_at,
            retry_at=now + PROCESSING_PACE if status is Status.PROCESSING else 0,
            problem=FAILED if is_failed and not ordered.chain else None,
        )


def show_authorization(item: Authorized, now: int) -> Authorization:
    """Show an authorization, and the challenges that still matter."""
    status = item.status(now)
    challenges = tuple(
        Challenge(kind, f"{item.url}/{kind}", token, _challenge_status(item, kind, status))
        for kind, token in item.tokens.items()
    )
    return Authorization(item.url, identifier(item.name), is_wildcard(item.name), status, challenges)


def _challenge_status(item: Authorized, kind: str, status: Status) -> Status:
    if item.answered != kind:
        return Status.PENDING
    return Status.PROCESSING if status is Status.PENDING else status
