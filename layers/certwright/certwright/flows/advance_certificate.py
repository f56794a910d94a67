"""Bring one certificate as far as it can go now: claim it, take step after step, save, and set when it is next due."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from certwright.domain.certificate import Desired, Work
from certwright.domain.errors import CaRefusal, CertwrightError, StaleRevision, Unavailable
from certwright.domain.next_step import next_step
from certwright.domain.renewal import SECOND
from certwright.domain.shown import rehearsed_problem
from certwright.domain.steps import CheckRecords, Step, Suspend, Wait, WatchRecords
from certwright.flows.asked_ca import with_ca
from certwright.flows.check_records import CHECKS_TAKE_SECONDS
from certwright.flows.failures import after_error, after_refusal, after_silence
from certwright.flows.hasten import hasten
from certwright.flows.heed_refusal import heed_refusal
from certwright.flows.job import Effect, Job
from certwright.flows.perform import perform
from certwright.flows.world import Workshop
from certwright.ports import Changes, Managed, NotClaimed

LEASE = 90 * SECOND
LONGEST_NAP = 2 * SECOND
ALL_NAPS = 10 * SECOND
LONGEST_DELAY_SECONDS = 900
WORK_LASTS = 45 * SECOND
"""How long an invocation takes new steps; the function's limit is 60 s."""
LAST_STEP_TAKES = 15 * SECOND
"""What the last step and the save that lets go may need of that limit."""
TAKES: Mapping[type[Step], int] = dict.fromkeys((CheckRecords, WatchRecords), CHECKS_TAKE_SECONDS * SECOND)
"""Steps that are not begun where so much time is not left."""
MOST_WAKES = 3
"""So often one invocation begins anew for who calls for attention meanwhile; then it is the sweep's turn."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended.

    `code` is the reason the certificate now waits for, or one of not-found, not-due, claimed, lost, removed. `notice`
    is the code of what a rehearsal of its renewal has shown, empty where that was nothing.
    """

    code: str
    due_at: int = 0
    notice: str = ""


@dataclass(slots=True)
class _Allowance:
    """What one invocation may still do: begin steps until `ends_at`, nap, and begin anew for those who wake it.

    `revision` is what it began with.
    """

    ends_at: int
    revision: int
    naps: int = ALL_NAPS
    wakes: int = MOST_WAKES

    def covers(self, job: Job, step: Step, now: int) -> bool:
        """Tell whether a step may be begun; always while there is nothing new to save: each invocation gets on."""
        has_news = job.work != job.saved or job.saved.revision != self.revision
        return not has_news or now + TAKES.get(type(step), 0) < self.ends_at


def _keep_quiet(_: Job) -> None:
    """Tell nobody."""


def advance_certificate(
    workshop: Workshop,
    certificate_id: str,
    worker: str,
    lasts: int = WORK_LASTS,
    tell: Callable[[Job], None] = _keep_quiet,
) -> Outcome:
    """Work on a certificate until it must wait; duplicates and early calls do nothing.

    `worker` names this invocation in the claim; it takes new steps for `lasts` milliseconds. `tell` hears of what is
    worked on, when it is claimed and after each step. Raises what is nobody's business but a developer's; the lease
    then ends by itself and the certificate is due again.
    """
    ends_at = workshop.clock.now() + lasts
    claimed = _claim(workshop, certificate_id, worker)
    if claimed is None:
        return Outcome("not-found")
    if isinstance(claimed, NotClaimed):
        return Outcome("claimed" if claimed.is_claimed else "not-due", claimed.due_at)
    try:
        job = _load(workshop, claimed)
        tell(job)
        return _work_on(workshop, job, _Allowance(ends_at, claimed.work.revision), tell)
    except StaleRevision:
        return Outcome("lost")


def _claim(workshop: Workshop, certificate_id: str, worker: str) -> Managed | NotClaimed | None:
    """Claim, and once more after a short sleep for one that is all but due (messages come in whole seconds)."""
    now = workshop.clock.now()
    claimed = workshop.jobs.claim(certificate_id, worker, now, now + LEASE)
    if not isinstance(claimed, NotClaimed) or claimed.is_claimed or claimed.due_at - now > LONGEST_NAP:
        return claimed
    workshop.clock.sleep(max(0, claimed.due_at - now) / SECOND)
    now = workshop.clock.now()
    return workshop.jobs.claim(certificate_id, worker, now, now + LEASE)


def _load(workshop: Workshop, managed: Managed) -> Job:
    owner = workshop.registry.owners.read(managed.desired.owner)
    desired = _in_force(workshop, managed.desired, managed.work)
    return Job(desired, _heed_wake(managed.work), managed.work, owner)


def _in_force(workshop: Workshop, desired: Desired, work: Work) -> Desired:
    """Show the CA that is to be asked, and what the deployment decides where nothing was asked for."""
    if desired.rehearse_days < 0:
        desired = replace(desired, rehearse_days=workshop.settings.rehearse_days)
    return with_ca(desired, work, workshop.clock.now())


def _heed_wake(work: Work) -> Work:
    """Make every observation stale after a call for attention."""
    if work.wake == work.seen_wake:
        return work
    return replace(work, seen_wake=work.wake, checked_at=0, ownership_checked_at=0, window_check_at=0, watch_at=0)


def _work_on(workshop: Workshop, job: Job, left: _Allowance, tell: Callable[[Job], None]) -> Outcome:
    while True:
        effect = _take_step(workshop, job, left)
        job = effect.job
        tell(job)
        if effect.is_gone:
            return Outcome("removed")
        if effect.is_durable:
            job = _save(workshop, job)
        if effect.wait is None or _nap(workshop, effect.wait, left):
            continue
        released = _let_go(workshop, job, effect.wait, left)
        if isinstance(released, Outcome):
            return released
        job = released


def _take_step(workshop: Workshop, job: Job, left: _Allowance) -> Effect:
    now = workshop.clock.now()
    step = next_step(job.view, now)
    if isinstance(step, Wait):
        return Effect(job, step)
    if isinstance(step, Suspend):
        return Effect(job, Wait(step.until, step.problem.code, step.problem))
    if not left.covers(job, step, now):
        left.naps = 0
        return Effect(job, Wait(now + SECOND, job.work.reason, job.work.problem))
    try:
        return perform(workshop, job, step)
    except CaRefusal as refusal:
        heed_refusal(workshop, job, refusal)
        return after_refusal(job, refusal, workshop.clock.now())
    except Unavailable as silence:
        heed_refusal(workshop, job, silence)
        return after_silence(job, silence, workshop.clock.now())
    except StaleRevision:
        raise
    except CertwrightError as error:
        return after_error(job, error, workshop.clock.now())


def _nap(workshop: Workshop, wait: Wait, left: _Allowance) -> bool:
    """Sleep through a short wait inside the lease; False for one to let go for."""
    now = workshop.clock.now()
    nap = max(0, wait.until - now)
    if wait.is_for_sweep or nap > min(LONGEST_NAP, left.naps, left.ends_at - now):
        return False
    workshop.clock.sleep(nap / SECOND)
    left.naps -= max(nap, SECOND // 20)
    return True


def _save(workshop: Workshop, job: Job) -> Job:
    stored = workshop.jobs.save(_changes(workshop, job, job.work))
    return replace(job, work=stored, saved=stored, closed=None, drops_hold="", takes_hold="")


def _changes(workshop: Workshop, job: Job, work: Work, *, is_released: bool = False) -> Changes:
    now = workshop.clock.now()
    return Changes(job.desired, job.saved, work, now, is_released, job.closed, job.drops_hold, job.takes_hold)


def _let_go(workshop: Workshop, job: Job, wait: Wait, left: _Allowance) -> Outcome | Job:
    """Release; what was woken meanwhile is kept and gone on with, but not for ever."""
    released = _release(workshop, job, wait)
    if isinstance(released, Outcome):
        return released
    left.wakes -= 1
    if left.wakes >= 0:
        return released
    return _release(workshop, released, replace(wait, until=workshop.clock.now(), is_for_sweep=True))


def _release(workshop: Workshop, job: Job, wait: Wait) -> Outcome | Job:
    """Set when the certificate is next due and let go of it; if it was woken meanwhile, keep it and go on."""
    now = workshop.clock.now()
    work = replace(
        job.work,
        due_at=wait.until if wait.is_for_sweep else max(wait.until, now + SECOND),
        reason=wait.reason,
        problem=wait.problem,
        waiting_since=(job.work.waiting_since or now) if wait.problem else 0,
    )
    try:
        workshop.jobs.save(_changes(workshop, job, work, is_released=True))
    except StaleRevision:
        return _after_wake(workshop, job)
    delay_seconds = -(-(work.due_at - now) // SECOND)
    if delay_seconds <= LONGEST_DELAY_SECONDS and not wait.is_for_sweep:
        hasten(workshop.queue, job.desired.id, delay_seconds)
    shown = rehearsed_problem(work)
    return Outcome(wait.reason, work.due_at, shown.code if shown else "")


def _after_wake(workshop: Workshop, job: Job) -> Job:
    """Load a certificate again whose release failed; raises `StaleRevision` unless only `wake` has moved."""
    fresh = workshop.jobs.read_work(job.desired.id)
    if fresh is None or fresh.work.revision != job.saved.revision or fresh.work.wake == job.saved.wake:
        raise StaleRevision("Another worker has taken this certificate over.")
    work = _heed_wake(replace(job.work, wake=fresh.work.wake))
    desired = _in_force(workshop, fresh.desired, work)
    connection = job.connection if desired.account == job.desired.account else None
    return replace(job, desired=desired, work=work, saved=fresh.work, connection=connection)
