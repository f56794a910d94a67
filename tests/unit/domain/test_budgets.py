"""Budgets: never more than the CA lets through, in turns, and at the time that was told."""

from collections import Counter
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.domain.budget import SLACK, Asker, Budget, Closure, Place, ask, close, count, free_at, look, room
from certwright.domain.limits import Kind, Limit
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND

NOW = 1_800_000_000_000
LIMIT = Limit(8, MINUTE)
EMPTY = Place("ca#main", Kind.CA, "The CA limits it")
"""Of a kind without slack, so that numbers are round."""
FAILING = Place("ca#failures#main", Kind.FAILURES, "The CA limits failures")


@dataclass(order=True)
class Waiting:
    """A certificate that looks at its place at an instant."""

    at: int
    number: int
    asker: Asker = field(compare=False)
    place: Place = field(compare=False, default=EMPTY)


@dataclass
class Crowd:
    """Certificates that ask one budget, each when it was told to; `ordered` are the instants of their orders."""

    limit: Limit = LIMIT
    budget: Budget = field(default_factory=Budget)
    ordered: list[tuple[int, int]] = field(default_factory=list)
    owners: dict[int, str] = field(default_factory=dict)
    looks: Counter[int] = field(default_factory=Counter)
    told: dict[int, int] = field(default_factory=dict)
    _waiting: list[Waiting] = field(default_factory=list)

    def arrive(self, at: int, owner: str, remaining: int | None = None) -> int:
        """Have one more certificate come."""
        number = len(self.owners)
        self.owners[number] = owner
        heappush(self._waiting, Waiting(at, number, Asker(owner, remaining)))
        return number

    def run(self, until: int = NOW + 1000 * DAY) -> None:
        """Let everybody look when it is time, until all have ordered."""
        while self._waiting and self._waiting[0].at < until:
            item = heappop(self._waiting)
            if item.place.is_usable(item.at):
                self.ordered.append((item.at, item.number))
                continue
            self.looks[item.number] += 1
            self.budget, item.place = ask(self.budget, self.limit, item.asker, item.place, item.at)
            assert item.place.at > item.at or item.place.is_usable(item.at)
            self.told.setdefault(item.number, item.place.at)
            item.at = max(item.at, item.place.at)
            heappush(self._waiting, item)

    def ordered_at(self, number: int) -> int:
        """Tell when one ordered."""
        return next(at for at, who in self.ordered if who == number)

    def keeps_to_the_limit(self) -> bool:
        """Count as the CA does, with a bucket of tokens."""
        tokens, at = float(self.limit.burst), NOW
        for instant, _ in sorted(self.ordered):
            tokens = min(self.limit.burst, tokens + (instant - at) / self.limit.interval) - 1
            at = instant
            if tokens < -1e-6:
                return False
        return True


type Arrival = tuple[int, str, int | None]
"""When one comes, whose it is, and what is left of the certificate that it renews."""

ARRIVALS = st.lists(
    st.tuples(st.integers(0, 3 * HOUR), st.sampled_from("abcd"), st.sampled_from((None, None, 30 * DAY))), max_size=60
)


@given(ARRIVALS, st.integers(1, 12), st.integers(1, 3 * MINUTE))
def test_whoever_comes_when_the_limit_is_kept(arrivals: list[Arrival], burst: int, each: int) -> None:
    """Any burst, any owners, renewals among them: the CA has nothing to refuse, and everybody gets a place."""
    crowd = Crowd(Limit(burst, each))
    for at, owner, remaining in arrivals:
        crowd.arrive(NOW + at, owner, remaining)
    crowd.run()
    assert crowd.keeps_to_the_limit()
    assert len(crowd.ordered) == len(arrivals)


@given(ARRIVALS)
def test_places_are_given_out_as_fast_as_the_limit_allows(arrivals: list[Arrival]) -> None:
    """Nobody waits while there is room: all are through when a plain queue would be, but for one interval an owner."""
    crowd, free = Crowd(), NOW - 100 * DAY
    for at, owner, remaining in sorted(arrivals, key=lambda arrival: arrival[0]):
        crowd.arrive(NOW + at, owner, remaining)
        free = max(free, NOW + at) + LIMIT.interval
    crowd.run()
    last = max((at for at, _ in crowd.ordered), default=NOW)
    plain = max(free - LIMIT.burst * LIMIT.interval, NOW + max((at for at, _, _ in arrivals), default=0))
    assert last <= plain + 8 * LIMIT.interval


def test_a_crowd_is_told_the_truth_and_looks_twice() -> None:
    """Of 5,000 at once each is told when it starts, starts then, and looks once before: no herd."""
    crowd = Crowd(Limit(300, 36 * SECOND))
    for _ in range(5000):
        crowd.arrive(NOW, "a")
    crowd.run()
    assert crowd.keeps_to_the_limit()
    assert max(crowd.looks.values()) <= 2
    assert all(abs(at - crowd.told[number]) <= SECOND for at, number in crowd.ordered)
    at_once = Counter(at // MINUTE for at, _ in crowd.ordered if at > NOW)
    assert max(at_once.values()) <= 2


def test_one_request_never_waits_behind_anothers_crowd() -> None:
    """It waits for one place of each owner who waits, however many certificates these have."""
    crowd = Crowd()
    for owner in ("a", "b", "c"):
        for _ in range(2000):
            crowd.arrive(NOW, owner)
    alone = crowd.arrive(NOW + HOUR, "d")
    crowd.run()
    assert crowd.ordered_at(alone) <= NOW + HOUR + 4 * LIMIT.interval


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_an_owner_waits_for_its_own_times_the_owners_who_wait(crowds: list[int]) -> None:
    """The guarantee: the k-th of an owner is through when each of n owners could have had k places."""
    crowd = Crowd()
    numbers = {owner: [crowd.arrive(NOW, str(owner)) for _ in range(size)] for owner, size in enumerate(crowds)}
    crowd.run()
    for own in numbers.values():
        waits = sorted(crowd.ordered_at(number) - NOW for number in own)
        for position, wait in enumerate(waits, start=1):
            assert wait <= (position + 1) * len(crowds) * LIMIT.interval


def test_renewals_go_first() -> None:
    """Behind 5,000 new requests a renewal waits for the next place, and the estimates of those make room for it."""
    crowd = Crowd()
    for _ in range(500):
        crowd.arrive(NOW, "a")
    renewals = [crowd.arrive(NOW + HOUR, "a", 30 * DAY) for _ in range(20)]
    crowd.run()
    assert crowd.keeps_to_the_limit()
    assert max(crowd.ordered_at(number) for number in renewals) <= NOW + HOUR + 22 * LIMIT.interval
    assert max(crowd.looks.values()) <= 4


def test_what_the_ca_closes_is_closed_to_all_and_opens_one_by_one() -> None:
    """Nobody comes before, and then they come at the pace of the limit."""
    crowd = Crowd()
    crowd.budget = close(crowd.budget, EMPTY.what, LIMIT, Closure(NOW, NOW + HOUR, "Too many."))
    for number in range(30):
        crowd.arrive(NOW + number * SECOND, "a" if number % 2 else "b")
    crowd.run()
    instants = sorted(at for at, _ in crowd.ordered)
    assert instants[0] >= NOW + HOUR
    assert all(later - earlier >= LIMIT.interval - SECOND for earlier, later in pairwise(instants))
    assert max(crowd.looks.values()) <= 4


def test_who_waits_for_a_closed_limit_is_told_the_cas_words() -> None:
    """For people: why, in the words of whoever refuses."""
    closed = close(Budget(), EMPTY.what, LIMIT, Closure(NOW, NOW + HOUR, "Too many."))
    _, place = ask(closed, LIMIT, Asker("a"), EMPTY, NOW)
    assert (place.said, place.at) == ("Too many.", NOW + HOUR)


def test_a_closed_limit_never_costs_a_certificate() -> None:
    """A renewal waits for an eighth of what is left of its certificate, then it is tried all the same."""
    closed = close(Budget(), EMPTY.what, LIMIT, Closure(NOW, NOW + 7 * DAY, "Come back."))
    asker = Asker("a", remaining=2 * DAY)
    _, place = ask(closed, LIMIT, asker, EMPTY, NOW)
    assert place.at == NOW + 6 * HOUR
    assert not place.is_reserved
    _, place = ask(closed, LIMIT, asker, place, place.at)
    assert place.is_usable(NOW + 6 * HOUR)


@pytest.mark.parametrize("kind", [Kind.SET, Kind.DOMAIN, Kind.ORDERS])
@pytest.mark.parametrize(("remaining", "waits"), [(80 * HOUR, 10 * HOUR), (2 * HOUR, HOUR), (-HOUR, DAY)])
def test_our_own_count_never_costs_a_certificate(kind: Kind, remaining: int, waits: int) -> None:
    """A renewal waits for an eighth of what is left of its certificate, then the CA is asked: ours is a guess."""
    full, limit = Budget(tat=NOW + 10 * DAY), Limit(2, DAY)
    asker, place = Asker("a", remaining), Place("ca#kind#a", kind, "The CA limits it")
    budget, place = ask(full, limit, asker, place, NOW)
    assert (place.at, place.is_reserved) == (NOW + waits, False)
    _, place = ask(budget, limit, replace(asker, remaining=remaining - waits), place, place.at)
    assert place.is_usable(NOW + waits)


def test_a_renewal_that_looks_early_waits_no_longer_for_it() -> None:
    """Its eighth is counted from when it came; a turn that was forgotten meanwhile changes nothing."""
    full, limit, asker = Budget(tat=NOW + 30 * DAY), Limit(1, DAY), Asker("a", 8 * DAY)
    budget, place = ask(full, limit, asker, EMPTY, NOW)
    budget, place = ask(budget, limit, replace(asker, remaining=7 * DAY + HOUR), place, NOW + 23 * HOUR)
    assert place.at == NOW + DAY
    _, place = ask(budget, limit, replace(asker, remaining=6 * DAY), place, NOW + 2 * DAY)
    assert place.is_usable(NOW + 2 * DAY)


def test_failures_that_we_counted_never_cost_a_certificate() -> None:
    """After its eighth a renewal comes, whether we counted or the CA closed."""
    counted = Budget(tat=NOW + 10 * DAY)
    closed = close(Budget(), Kind.FAILURES, LIMIT, Closure(NOW, NOW + 7 * DAY, "Too many."))
    for budget in (counted, closed):
        asker = Asker("a", 80 * HOUR)
        _, place = look(budget, LIMIT, asker, FAILING, NOW)
        assert (place.at, place.is_reserved) == (NOW + 10 * HOUR, False)
        _, place = look(budget, LIMIT, replace(asker, remaining=70 * HOUR), place, place.at)
        assert place.is_usable(NOW + 10 * HOUR)


def test_after_a_failure_the_next_one_is_counted_before_it_happens() -> None:
    """Else all that go at the same time might fail, which is more than the CA allows."""
    untouched, place = look(Budget(), LIMIT, Asker("a"), FAILING, NOW)
    assert (untouched, place.is_usable(NOW), place.counted_before) == (Budget(), True, 0)
    at = NOW + SLACK[Kind.FAILURES]
    failed = count(Budget(), LIMIT, NOW, LIMIT.burst - 1)
    taken, place = look(failed, LIMIT, Asker("a"), FAILING, at)
    assert (place.is_usable(at), place.counted_before) == (True, 1)
    _, twice = look(failed, LIMIT, Asker("a"), replace(FAILING, times=2), at)
    assert twice.counted_before == 2
    _, other = look(taken, LIMIT, Asker("a"), FAILING, at)
    assert (other.is_reserved, other.counted_before) == (False, 0)


def test_what_the_ca_said_meanwhile_goes_before_the_end_of_a_renewals_wait() -> None:
    """Its word has a bound of its own: an eighth of what is left, from when it was given."""
    limit, asker = Limit(1, DAY), Asker("a", 80 * HOUR)
    budget, place = ask(Budget(tat=NOW + 10 * DAY), limit, asker, EMPTY, NOW)
    closure = Closure(place.at - HOUR, place.at + 2 * HOUR, "Too many.")
    budget = close(budget, EMPTY.what, limit, closure)
    budget, place = ask(budget, limit, replace(asker, remaining=70 * HOUR), place, place.at)
    assert (place.at, place.said) == (closure.until, "Too many.")
    _, place = ask(budget, limit, replace(asker, remaining=68 * HOUR), place, place.at)
    assert place.is_usable(closure.until)


def test_a_new_request_waits_for_as_long_as_we_count() -> None:
    """Nothing lapses meanwhile."""
    _, place = ask(Budget(tat=NOW + 10 * DAY), LIMIT, Asker("a"), EMPTY, NOW)
    assert place.at == NOW + 10 * DAY - 7 * MINUTE


def test_a_limit_is_closed_for_the_longest_that_was_asked_for() -> None:
    """A reply that comes late takes nothing back."""
    closed = close(Budget(), Kind.ORDERS, LIMIT, Closure(NOW, NOW + HOUR, "Too many."))
    assert close(closed, Kind.ORDERS, LIMIT, Closure(NOW, NOW + MINUTE, "Again.")) == closed


def test_as_much_is_left_free_as_the_ca_may_count_later() -> None:
    """What we reserve now and the CA counts later must not meet what it counts of the next."""
    limit = Limit(300, 36 * SECOND)
    assert room(Budget(), Kind.ORDERS, limit, NOW) == 300 - -(-SLACK[Kind.ORDERS] // limit.interval)
    used = Budget(tat=NOW + 300 * limit.interval)
    assert free_at(used, Kind.ORDERS, limit, NOW) == NOW + limit.interval + SLACK[Kind.ORDERS]
    assert room(used, Kind.ORDERS, limit, NOW) == 0


def test_a_place_lapses() -> None:
    """Orders count at once: a place that was not used in time is not used at all."""
    place = Place("ca#orders#main", Kind.ORDERS, "", at=NOW, is_reserved=True)
    assert [place.is_usable(NOW + seconds * SECOND) for seconds in (-1, 0, 29, 30)] == [False, True, True, False]


def test_a_turn_that_nobody_asked_for_is_forgotten_after_a_while() -> None:
    """Else a crowd that was away would come back all at once."""
    crowd = Crowd(Limit(1, MINUTE))
    crowd.arrive(NOW, "a")
    late = crowd.arrive(NOW, "a")
    crowd.run(until=NOW + 1)
    waiting = next(item for item in crowd._waiting if item.number == late)
    for _ in range(500):
        crowd.arrive(NOW + 2, "a")
    crowd.run(until=NOW + 3)
    _, place = ask(crowd.budget, crowd.limit, waiting.asker, waiting.place, waiting.at + 2 * HOUR)
    assert place.at > waiting.at + 4 * HOUR
