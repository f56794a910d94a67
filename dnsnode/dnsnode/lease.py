"""The lease a node serves under, as instants of its monotonic clock."""

from dataclasses import dataclass
from enum import Enum
from math import inf

BLIND_SECONDS = 5.0
"""How long after the last complete read a node still denies what it does not know."""


class Sight(Enum):
    """What a node may say about TXT that the issuer publishes."""

    CLEAR = "clear"
    BLIND = "blind"
    """Known answers are given; what is not known is SERVFAIL, never a denial."""
    ENDED = "ended"
    """The issuer no longer waits for this node: all of it is SERVFAIL."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Until when denials, and until when answers, may be given; seconds of the monotonic clock."""

    denials_until: float
    answers_until: float

    def sight(self, now: float) -> Sight:
        """Tell what may be said at `now`."""
        if now >= self.answers_until:
            return Sight.ENDED
        return Sight.CLEAR if now < self.denials_until else Sight.BLIND

    def next_change(self, now: float) -> float:
        """Tell when `sight` will say something else, if the lease is not renewed."""
        return min((instant for instant in (self.denials_until, self.answers_until) if instant > now), default=inf)


ENDLESS = Lease(inf, inf)
"""For a node that serves from a file."""
NONE = Lease(-inf, -inf)
"""Before the first heartbeat landed."""
