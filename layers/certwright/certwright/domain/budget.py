"""A CA's limit as a budget: who may have the next place at it, and when. Pure arithmetic on instants (milliseconds).

The bucket is GCRA's: one number, the theoretical arrival time (`tat`), tells how full it is. Whoever finds it empty
stands in a line, and has a place reserved only when their turn comes, which is when the bucket has filled for it.
Renewals stand in a line of their own, which goes first.
"""

from dataclasses import dataclass, field, replace

from certwright.domain.limits import Kind, Limit
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND, longest_wait, obey
from certwright.domain.waiting_line import Line

PLACE_LASTS = 30 * SECOND
"""So long after its time a reserved place may be used: not by who takes over when a lease ends, it may be used up."""

CERTIFICATE_PLACE_LASTS = 2 * DAY
"""So long where the CA counts certificates and not orders: a failed attempt leaves its place to the next."""

TURN_LASTS = HOUR
"""So long after it has come a turn is kept for who does not ask."""

SLACK = {Kind.ORDERS: 2 * MINUTE, Kind.DOMAIN: 2 * HOUR, Kind.SET: 2 * HOUR, Kind.FAILURES: 2 * MINUTE}
"""So much later than we a CA may count: an order when it is placed, a certificate when it is issued."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a place, and for which account.

    `remaining` is what is left of the certificate that a renewal is for, None without one.
    """

    owner: str
    remaining: int | None = None
    account: str = ""

    @property
    def is_renewal(self) -> bool:
        """Tell whether a certificate depends on it."""
        return self.remaining is not None


@dataclass(frozen=True, slots=True)
class Place:
    """A certificate's place at one budget: reserved for the instant `at`, or to be asked for then.

    `budget` is the budget's key, `what` is limited there, `limit` says so in words. `turn` is the turn in the budget's
    line, -1 for who never stood in it. `said` is what the CA said where it has closed the limit. From `latest` on a
    renewal that waits comes whatever we count, 0 where nothing hurries. An order may fail so many `times`, and so many
    failures were `counted_before` they happened.
    """

    budget: str
    what: Kind
    limit: str
    at: int = 0
    turn: int = -1
    is_reserved: bool = False
    said: str = ""
    account: str = ""
    latest: int = 0
    times: int = 1
    counted_before: int = 0

    def is_usable(self, now: int) -> bool:
        """Tell whether an order may be placed on it now."""
        return self.is_reserved and self.at <= now < self.at + self._lasts

    @property
    def is_kept_after_failure(self) -> bool:
        """Tell whether the CA has not counted it where no certificate was issued."""
        return self.what in (Kind.SET, Kind.DOMAIN)

    @property
    def _lasts(self) -> int:
        return CERTIFICATE_PLACE_LASTS if self.is_kept_after_failure else PLACE_LASTS


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of one limit, and who waits for it.

    From `closed_at` until `closed_until` the CA wants nobody to come; `said` is its own sentence. `subject` says in
    words what is limited: an account, a domain, a name.
    """

    subject: str = ""
    tat: int = 0
    requests: Line = field(default_factory=Line)
    renewals: Line = field(default_factory=Line)
    closed_at: int = 0
    closed_until: int = 0
    said: str = ""

    @property
    def is_at_rest(self) -> bool:
        """Tell whether nobody waits."""
        return not self.requests.queues and not self.renewals.queues

    @property
    def matters_until(self) -> int:
        """Tell from when on the budget is as good as a new one."""
        return max(self.tat, self.closed_until, self.requests.ends_at, self.renewals.ends_at)

    def line(self, asker: Asker) -> Line:
        """Find the line that an asker stands in."""
        return self.renewals if asker.is_renewal else self.requests


def free_at(budget: Budget, kind: Kind, limit: Limit, now: int) -> int:
    """Tell when the next place is free, for who need not stand in line."""
    return max(now, budget.tat - _tolerance(kind, limit))


def room(budget: Budget, kind: Kind, limit: Limit, now: int) -> int:
    """Tell how many places are free now."""
    left = now + _tolerance(kind, limit) - max(budget.tat, now)
    return left // limit.interval + 1 if left >= 0 else 0


def ask(budget: Budget, limit: Limit, asker: Asker, place: Place, now: int) -> tuple[Budget, Place]:
    """Reserve a place, or tell when to ask for it; an asker who waits is told an instant that lies ahead."""
    budget = replace(budget, requests=budget.requests.advance(now), renewals=budget.renewals.advance(now))
    if comes_anyway(budget, asker, place, now):
        return _take(budget, limit, replace(place, at=now), now)
    free, turn = free_at(budget, place.what, limit, now), place.turn
    if turn < 0 or now >= place.at + TURN_LASTS:
        if free <= now and _goes_at_once(budget, asker):
            return _take(_hold_up(budget, limit, asker), limit, replace(place, at=now), now)
        budget, turn = _join(budget, limit, asker, free)
    comes_at = budget.line(asker).comes_at(asker.owner, turn)
    has_come = comes_at <= now
    place = _put_off(budget, asker, replace(place, turn=turn), free if has_come else comes_at, now)
    return _take(budget, limit, place, now) if has_come else (budget, place)


def look(budget: Budget, limit: Limit, asker: Asker, place: Place, now: int) -> tuple[Budget, Place]:
    """Tell when to come where failures are limited, which are counted when they happen.

    Where some happened lately this one is expected to fail as well, as often as its place says, and is counted before:
    several at once might all fail.
    """
    place = replace(place, counted_before=0)
    at = now if comes_anyway(budget, asker, place, now) else free_at(budget, place.what, limit, now)
    if at > now:
        return budget, _put_off(budget, asker, place, at, now)
    place = replace(place, at=at, is_reserved=True, said="", latest=0)
    if budget.tat <= now:
        return budget, place
    return count(budget, limit, now, place.times), replace(place, counted_before=place.times)


@dataclass(frozen=True, slots=True)
class Closure:
    """The CA's word, given `at` an instant: nobody is to come `until` another."""

    at: int
    until: int
    said: str


def close(budget: Budget, kind: Kind, limit: Limit, closure: Closure) -> Budget:
    """Let nobody through for a while, and then one after the other: the CA's word goes before our count."""
    now, until = closure.at, closure.until
    if until <= budget.closed_until:
        return budget
    return replace(
        budget,
        tat=max(budget.tat, until + _tolerance(kind, limit)),
        requests=budget.requests.advance(now).stall_until(until),
        renewals=budget.renewals.advance(now).stall_until(until),
        closed_at=now,
        closed_until=until,
        said=closure.said,
    )


def count(budget: Budget, limit: Limit, now: int, times: int = 1) -> Budget:
    """Count failed validations, so many times."""
    return replace(budget, tat=max(budget.tat, now) + times * limit.interval)


def confirm(budget: Budget, limit: Limit, now: int, times: int) -> Budget:
    """Have failures that were counted before they happened, so many times, count from now on where that is later."""
    return replace(budget, tat=max(budget.tat, now + times * limit.interval))


def give_back(budget: Budget, limit: Limit) -> Budget:
    """Give back a place that the CA has not counted."""
    return replace(budget, tat=max(0, budget.tat - limit.interval))


def _tolerance(kind: Kind, limit: Limit) -> int:
    """Tell how far the arrival time may lie ahead.

    Our arrival time trails the CA's by as much as what we reserve is counted later there: that much is left free.
    """
    return max(0, (limit.burst - 1) * limit.interval - SLACK.get(kind, 0))


def opens_for(budget: Budget, asker: Asker) -> int:
    """Tell when a closed budget opens for an asker: what a certificate depends on may not wait for ever."""
    return budget.closed_at + obey(budget.closed_until - budget.closed_at, asker.remaining)


def comes_anyway(budget: Budget, asker: Asker, place: Place, now: int) -> bool:
    """Tell whether a renewal has waited for as long as its certificate allows: our count is a guess, the CA knows."""
    if now < budget.closed_until:
        return opens_for(budget, asker) <= now
    return asker.is_renewal and 0 < place.latest <= now


def _put_off(budget: Budget, asker: Asker, place: Place, at: int, now: int) -> Place:
    """Have an asker wait until an instant; a renewal no longer than its certificate allows, but for the CA's word."""
    latest, opens_at, is_closed = 0, opens_for(budget, asker), now < budget.closed_until
    if asker.remaining is not None:
        latest = place.latest or now + longest_wait(asker.remaining)
        is_open_before = is_closed and opens_at < budget.closed_until
        at = opens_at if is_open_before else min(at, max(latest, budget.closed_until))
    return replace(place, at=at, is_reserved=False, said=budget.said if is_closed else "", latest=latest)


def _goes_at_once(budget: Budget, asker: Asker) -> bool:
    return not budget.renewals.queues and (asker.is_renewal or not budget.requests.queues)


def _join(budget: Budget, limit: Limit, asker: Asker, free: int) -> tuple[Budget, int]:
    """Stand in line, requests behind all renewals that are there."""
    if asker.is_renewal:
        line, turn = budget.renewals.join(asker.owner, limit.interval, free)
        return replace(_hold_up(budget, limit, asker), renewals=line), turn
    line, turn = budget.requests.join(asker.owner, limit.interval, max(free, budget.renewals.ends_at))
    return replace(budget, requests=line), turn


def _hold_up(budget: Budget, limit: Limit, asker: Asker) -> Budget:
    """Have the requests that wait come one later for each renewal."""
    return replace(budget, requests=budget.requests.stall(limit.interval)) if asker.is_renewal else budget


def _take(budget: Budget, limit: Limit, place: Place, now: int) -> tuple[Budget, Place]:
    budget = replace(budget, tat=max(budget.tat, now) + limit.interval)
    return budget, replace(place, is_reserved=True, said="", latest=0)
