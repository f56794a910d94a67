"""A million certificates: each cohort stands for many that were issued together, and draws one time for all of them.

Exact are the decisions (`next_step`), the windows (`domain.renewal`), the waits in an outage, the CA's lifetimes, the
sweep once a minute with its high water, and what ten workers get done. Not exact: a cohort moves as one, so that peaks
are higher than those of its members alone; a look and a renewal take fixed times; nothing is lost or fails but by the
outage; every look is brought by a sweep, and no limit of the CA is met (Let's Encrypt exempts renewals from those of
accounts and domains). Looks at the records of issued certificates take no time: they are put off where others wait.
"""

from dataclasses import dataclass, replace
from heapq import heappop, heappush
from random import Random

from certwright.domain.certificate import Current, Desired, Work
from certwright.domain.next_step import RENEWAL_DUE, View, next_step
from certwright.domain.owner import DEFAULT_OWNER_PATTERNS, Owner
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND, look_again_after, pick_time
from certwright.domain.steps import RefreshRenewalInfo, Wait, WatchRecords
from certwright.domain.watching import WATCH_INTERVAL
from certwright.flows.enqueue_due import HIGH_WATER
from certwright.flows.refresh_renewal_info import AFTER_SILENCE
from tests.simulation.ca_rules import TO_45_DAYS, profile_at, suggested_window
from tests.simulation.figures import Figures, Plan, Renewal
from tests.simulation.messages import AT_ONCE
from tests.simulation.quick_values import quick_replace, quick_values
from tests.simulation.scenario import START

LOOK_TAKES, RENEWAL_TAKES = SECOND * 3 // 10, 6 * SECOND
"""What a worker is busy for: an invocation that asks when to renew, and one that renews."""
BACKDATED = HOUR
GRACE = 30 * SECOND


@dataclass(slots=True)
class Cohort:
    """So many certificates that do everything together; `silent_since` is since when the CA is silent, 0 if not."""

    desired: Desired
    work: Work
    silent_since: int = 0


class Crowd:
    """All cohorts, in the order in which they are due."""

    def __init__(self, plan: Plan, weight: int, high_water: int = HIGH_WATER, workers: int = AT_ONCE) -> None:
        self.plan, self.weight, self.high_water, self.workers = plan, weight, high_water, workers
        self.figures, self.random, self.now = Figures(plan), Random(1), START
        self.owner = Owner("own_a", "own_a", DEFAULT_OWNER_PATTERNS, "proof", START)
        self.due: list[tuple[int, int]] = []
        self.cohorts = [self._ask(number) for number in range(plan.certificates // weight)]
        self.room = self.time_left = 0
        self.looks = self.orders = 0
        self.latest = 0

    def run(self) -> Figures:
        """Let the days pass, sweep by sweep."""
        with quick_values():
            for minute in range(self.plan.days * DAY // MINUTE):
                self.now = START + (minute + 1) * MINUTE
                self._sweep()
                self.figures.end_minute(self.looks, self.orders, self.looks)
        return self.figures

    def _ask(self, number: int) -> Cohort:
        asked = START + number * self.plan.arrivals * self.weight // self.plan.certificates
        desired = Desired(f"crt_{number}", "own_a", (f"d{number}.test",), (), "", "acc_1", asked)
        heappush(self.due, (asked, number))
        return Cohort(desired, Work(desired.id, asked))

    def _sweep(self) -> None:
        """Bring what is due, oldest first, as far as the queue's high water and the workers' time go.

        The last cohort may take more than is left: the next sweeps have so much less.
        """
        self.room = min(self.room, 0) + self.high_water
        self.time_left = min(self.time_left, 0) + self.workers * MINUTE
        while self.due and self.due[0][0] <= self.now - GRACE and self.room > 0 and self.time_left > 0:
            due_at, number = heappop(self.due)
            cohort = self.cohorts[number]
            self.latest = max(self.latest, self.now - due_at) if cohort.work.current else self.latest
            self.room -= self.weight
            self.time_left -= self.weight * self._advance(cohort)
            heappush(self.due, (cohort.work.due_at, number))

    def _advance(self, cohort: Cohort) -> int:
        """Do what an invocation does, and tell how long a worker is busy with it."""
        self.looks += self.weight
        while True:
            step = next_step(View(cohort.desired, cohort.work, self.owner), self.now)
            if isinstance(step, Wait):
                cohort.work = quick_replace(cohort.work, due_at=step.until, reason=step.reason)
                return LOOK_TAKES
            if isinstance(step, WatchRecords):
                cohort.work = quick_replace(cohort.work, watch_at=self.now + WATCH_INTERVAL)
                continue
            if not isinstance(step, RefreshRenewalInfo):
                return self._renew(cohort)
            if self._refresh(cohort):
                return LOOK_TAKES

    def _refresh(self, cohort: Cohort) -> bool:
        """Ask when to renew; True where a renewal turns out to be due, which is left to the next sweep."""
        current = cohort.work.current
        assert current is not None
        if self._is_away():
            cohort.work = quick_replace(cohort.work, window_check_at=self.now + AFTER_SILENCE)
            return False
        every = int(self.plan.renewal_info_every * self.random.uniform(0.95, 1.05))
        window, renew_at = suggested_window(current.not_before, current.not_after), cohort.work.renew_at
        if window != cohort.work.window:
            renew_at = pick_time(window, self.random.random())
        check_at = self.now + min(DAY, every)
        cohort.work = quick_replace(cohort.work, window=window, renew_at=renew_at, window_check_at=check_at)
        if self.now >= renew_at:
            cohort.work = quick_replace(cohort.work, due_at=self.now, reason=RENEWAL_DUE)
        return self.now >= renew_at

    def _renew(self, cohort: Cohort) -> int:
        """Order and store, or wait as flows do for a CA that does not answer."""
        if self._is_away():
            cohort.silent_since = cohort.silent_since or self.now
            delay = max(MINUTE, min(HOUR, look_again_after(self.now - cohort.silent_since)))
            cohort.work = quick_replace(cohort.work, due_at=self.now + delay, reason="ca-unavailable")
            return LOOK_TAKES
        before = cohort.work
        profile = profile_at("", self.now + TO_45_DAYS - START - self.plan.move)
        assert profile is not None
        if before.current:
            self.figures.note(
                Renewal(self.now - START, before.renew_at - START, before.current.not_after - START), self.weight
            )
        not_before, version = self.now - BACKDATED, before.current.version + 1 if before.current else 1
        not_after = not_before + profile.validity
        current = Current(version, "", "acc_1", cohort.desired.names, "", "", not_before, not_after, "ari", self.now)
        cohort.work, cohort.silent_since = replace(before, current=current, window_check_at=0, reason="ca-at-work"), 0
        self._refresh(cohort)
        cohort.work = quick_replace(cohort.work, due_at=min(cohort.work.renew_at, cohort.work.window_check_at))
        self.orders += self.weight
        return RENEWAL_TAKES

    def _is_away(self) -> bool:
        return self.plan.outage <= self.now - START < self.plan.outage_ends
