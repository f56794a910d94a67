"""One run without a crash tells the effects; then a worker is crashed before and after each of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from certwright.domain.certificate import Work
from certwright.ports import Managed
from tests.crash.journeys import Journey
from tests.crash.pebble_watch import ACCOUNT, FAILED, ISSUED, ORDERED
from tests.crash.recorder import Effect, Point
from tests.crash.soundness import assert_sound
from tests.crash.world import CrashWorld

PLACE_ORDER, SAVE = "ca.place_order", "jobs.save"
MOST_RUNS = 5


@dataclass(frozen=True, slots=True)
class Cost:
    """What a journey took of the CA, and the private keys it left that nothing names."""

    orders: int
    accounts: int
    certificates: int
    stray_keys: int


@dataclass(frozen=True, slots=True)
class Plain:
    """A journey without a crash."""

    effects: tuple[Effect, ...]
    cost: Cost

    def points(self) -> Iterator[Point]:
        """List every place for a crash."""
        for number in range(1, len(self.effects) + 1):
            yield Point(number, is_after=False)
            yield Point(number, is_after=True)

    def may_order_again(self, point: Point) -> bool:
        """Tell whether the CA has the order and the store does not know its URL yet: it can't be used again.

        (Pebble makes a new one then; a CA that hands out a pending order for the same names, as Let's Encrypt's does,
        gives the first again.)
        """
        ports = [effect.port for effect in self.effects]
        if PLACE_ORDER not in ports:
            return False
        placed = ports.index(PLACE_ORDER) + 1
        assert self.effects[placed].port == SAVE, "the order's URL is saved before anything else is done"
        return point in (Point(placed, is_after=True), Point(placed + 1, is_after=False))


@dataclass(frozen=True, slots=True)
class Crashed:
    """A journey with a crash: what it cost, and how far it was when the worker died."""

    cost: Cost
    left: Managed
    is_done: bool


def go_plainly(world: CrashWorld, journey: Journey) -> Plain:
    """Go without a crash and number the effects."""
    world.repeats = False
    certificate_id, before = journey.start(world), dict(world.watch.look())
    calm = world.recorder.disturbances
    world.recorder.begin(None)
    done = world.work_until(certificate_id, journey.is_done)
    world.recorder.revive()
    assert world.recorder.disturbances == calm, "this is not the plain way"
    assert_sound(world, done, journey)
    cost = _cost(world, done, before, journey)
    world.clear_away()
    return Plain(tuple(world.recorder.effects), cost)


def crash_at(world: CrashWorld, journey: Journey, plain: Plain, point: Point) -> Crashed:
    """Crash a worker at a point and let others go on to the end; `AssertionError` for what is not right there."""
    world.repeats, world.crashes = False, 0
    certificate_id, before = journey.start(world), dict(world.watch.look())
    world.recorder.begin(point)
    left = world.work_until(certificate_id, lambda _: world.crashes > 0)
    way = world.recorder.effects
    assert way == list(plain.effects[: point.number]), f"the way to the crash was another: {way}"
    world.messages.clear()
    world.repeats = True
    done = world.work_until(certificate_id, journey.is_done)
    assert_sound(world, done, journey)
    crashed = Crashed(_cost(world, done, before, journey), left, journey.is_done(left))
    _assert_nothing_wasted(plain, point, crashed)
    _assert_gone_on_with(world, crashed.left.work, done)
    world.clear_away()
    return crashed


def _assert_nothing_wasted(plain: Plain, point: Point, crashed: Crashed) -> None:
    """One order more only where the first can't be known."""
    more = 1 if plain.may_order_again(point) else 0
    assert crashed.cost.orders == plain.cost.orders + more
    assert crashed.cost.accounts == plain.cost.accounts
    assert crashed.cost.certificates == plain.cost.certificates


def _assert_gone_on_with(world: CrashWorld, left: Work, done: Managed) -> None:
    """What was begun and saved is brought to its end."""
    if left.attempt:
        ended = world.closed_attempts(done.desired.id)[0]
        assert ended.id == left.attempt.id
        assert left.attempt.order_url in ("", ended.order_url)
    if left.rehearsal:
        assert done.work.rehearsal is not None
        assert done.work.rehearsal.id == left.rehearsal.id


def _cost(world: CrashWorld, done: Managed, before: dict[str, int], journey: Journey) -> Cost:
    seen = world.watch.look()
    orders, accounts, certificates = (seen[mark] - before.get(mark, 0) for mark in (ORDERED, ACCOUNT, ISSUED))
    keys = len(world.objects("pending", done.desired.id))
    return Cost(orders, accounts, certificates, keys - journey.attempts)


def undisturbed[T](world: CrashWorld, run: Callable[[], T]) -> T:
    """Run, and again where something was not as it is told to be here: that makes a run void.

    A machine that is too busy lets something be silent that is well; Pebble uses one authorization in a hundred again,
    and can't find one certificate in 256 that an order replaces (letsencrypt/pebble#550).
    """
    for _ in range(MOST_RUNS - 1):
        before = _failures(world)
        try:
            return run()
        except AssertionError:
            if _failures(world) == before:
                raise
            world.recorder.revive()
            world.clear_away()
    return run()


def _failures(world: CrashWorld) -> tuple[int, int]:
    """Count failed validations, and what did not answer or was refused; nothing here makes any of it happen."""
    return world.watch.look()[FAILED], world.recorder.disturbances


def crash_everywhere(
    world: CrashWorld, journey: Journey, plain: Plain, points: Iterable[Point]
) -> dict[Point, Crashed]:
    """Crash at each of the points, one journey each."""
    crashed = {}
    for point in points:
        try:
            crashed[point] = undisturbed(world, partial(crash_at, world, journey, plain, point))
        except AssertionError as error:
            effect = plain.effects[point.number - 1]
            place = "after" if point.is_after else "before"
            raise AssertionError(
                f"{journey.title}: crashed {place} effect {point.number}, {effect}: {error}"
            ) from error
    return crashed
