"""Renewals that come to the CA though our own count holds their place taken: the CA may refuse them."""

from collections.abc import Callable, Mapping, Sequence

from certwright.domain.budget import CERTIFICATE_PLACE_LASTS, Asker, Budget, Place, comes_anyway
from certwright.domain.limits import Kind
from certwright.domain.reservation import Draw, Reservation, reserve
from tests.simulation.simulated_ca import SimulatedCa

type Reserve = Callable[[Sequence[Draw], Mapping[str, Budget], Asker, Sequence[Place], int], Reservation]


def reserve_noted(ca: SimulatedCa) -> Reserve:
    """Reserve, and tell the CA which names have a renewal that waited for as long as it may, while its place lasts."""

    def noted(
        draws: Sequence[Draw], stored: Mapping[str, Budget], asker: Asker, held: Sequence[Place], now: int
    ) -> Reservation:
        found, mine = reserve(draws, stored, asker, held, now), {place.budget: place for place in held}
        taken = [each for each in found.places if each.is_reserved and each.at == now]
        if any(
            comes_anyway(stored.get(each.budget, Budget()), asker, mine.get(each.budget, each), now) for each in taken
        ):
            names = next((frozenset(draw.subject.split(", ")) for draw in draws if draw.kind is Kind.SET), frozenset())
            ca.hurried_until[names] = now + CERTIFICATE_PLACE_LASTS
        return found

    return noted
