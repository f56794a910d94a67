"""The heart: what to do next for one certificate, decided from values alone."""

from dataclasses import dataclass, replace

from certwright.domain.certificate import STUCK_AFTER_CLAIMS, Attempt, Current, Desired, Work
from certwright.domain.dry_run import FAILED, PASSED, dry_run_goes_at, plan_rehearsal, rehearsal_due
from certwright.domain.order import Account, Order, Status
from certwright.domain.owner import Owner
from certwright.domain.problem import Actor, Problem
from certwright.domain.publication import ANSWER_LIFETIME
from certwright.domain.records import first_problem
from certwright.domain.renewal import DAY, HOUR, MINUTE, look_again_after
from certwright.domain.reservation import waiting_problem
from certwright.domain.revocation import CSR_COMPROMISED, KEY_COMPROMISED, Revocation
from certwright.domain.shown import is_renewal_asked
from certwright.domain.steps import (
    AnswerChallenge,
    AwaitVisible,
    BeginAttempt,
    CheckOwnership,
    CheckRecords,
    CloseAttempt,
    ConcludeDryRun,
    ConnectAccount,
    Finalize,
    PlaceOrder,
    PollOrder,
    PublishAnswers,
    ReadAuthorization,
    RefreshRenewalInfo,
    RehearseRenewal,
    Remove,
    ReserveBudget,
    RevokeVersion,
    Step,
    StoreVersion,
    Suspend,
    Wait,
    WatchRecords,
    WithdrawAnswers,
)
from certwright.domain.watching import next_attention, shown_trouble

OBSERVATION_HOLDS = MINUTE
"""How long a look at records or ownership permits an order."""

LONGEST_WAIT = 7 * DAY
"""After so long even one that waits for a far place is looked at."""

PERMISSION_LASTS = 7 * HOUR
"""How long it permits finalizing the order; CAs themselves rely on what they saw for 8 hours (BR §4.2.2.1)."""

PLACING_LASTS = HOUR
"""How long after its beginning an attempt may still place its order."""

PROCESSING_LASTS = DAY
"""How long an attempt waits for an order in processing where the CA tells no end of it."""

RENEWAL_DUE = "renewal-due"
"""The reason of a certificate that was found due for renewal, and waits for the sweep."""

DELETED = Problem("deleted", "The certificate was deleted while it was being issued.", Actor.USER)
MOVED = Problem(
    "ca-moved", "The certificate was moved to another CA while this one was asked; it goes on there.", Actor.US
)
ORDER_EXPIRED = Problem(
    "order-expired", "The CA did not finish the order before it expired; it is tried again.", Actor.CA
)
ORDER_NOT_PLACED = Problem(
    "order-not-placed",
    "The order could not be placed for an hour, because the CA did not answer or another certificate has the same "
    "names in flight; it is tried again.",
    Actor.CA,
)
_STUCK = Problem(
    "stuck",
    "Work on this certificate crashed several times in a row; it is set aside and tried after an hour, then daily.",
    Actor.OPERATOR,
)
_OWNER_INACTIVE = Problem(
    "owner-inactive",
    "The owner of this certificate is not active: an operator must activate it before anything is issued.",
    Actor.OPERATOR,
)


@dataclass(frozen=True, slots=True)
class View:
    """All that a decision may look at.

    `owner` is None where it is gone; `account` and `order` until they were loaded in this invocation. All places at the
    CA's limits were reserved as of `reserved_at`, 0 where this invocation has not seen to it.
    """

    desired: Desired
    work: Work
    owner: Owner | None
    account: Account | None = None
    order: Order | None = None
    reserved_at: int = 0


def next_step(view: View, now: int) -> Step:
    """Decide what comes next; `now` in epoch milliseconds. Never raises, and never answers "nothing"."""
    if view.work.claims_since_save > STUCK_AFTER_CLAIMS:
        return Suspend(_STUCK, now + (DAY if view.work.reason == _STUCK.code else HOUR))
    revocation = _next_revocation(view)
    if revocation is None:
        return _issue(view, now)
    if now >= view.work.revoke_at:
        return RevokeVersion(revocation)
    step = _issue(view, now)
    if isinstance(step, Remove):
        return Wait(view.work.revoke_at, "revoking", view.work.problem)
    return replace(step, until=min(step.until, view.work.revoke_at)) if isinstance(step, Wait | Suspend) else step


def _next_revocation(view: View) -> Revocation | None:
    done = {item.version for item in view.work.revoked}
    return next((item for item in view.desired.revocations if item.version not in done), None)


def _issue(view: View, now: int) -> Step:
    work = view.work
    if work.attempt:
        return _go_on(view, work.attempt, now)
    if view.desired.is_deleted:
        return Remove()
    if view.desired.dry_run_of:
        return _try_out(view, now)
    return (work.current and _keep(view, work.current, now)) or _prepare(view, now)


def _try_out(view: View, now: int) -> Step:
    """Prepare a dry run like any order; it goes by itself, whether it has ended or not."""
    verdict = view.work.verdict
    goes_at = dry_run_goes_at(view.desired.created_at, verdict)
    if now >= goes_at:
        return Remove()
    if verdict:
        return Wait(goes_at, FAILED if verdict.problem else PASSED, verdict.problem)
    step = _prepare(view, now)
    return replace(step, until=min(step.until, goes_at)) if isinstance(step, Wait | Suspend) else step


def _keep(view: View, current: Current, now: int) -> Step | None:
    """Leave an issued certificate alone until renewal is due; None when it is.

    The CA is asked before every renewal, but not after expiry (RFC 9773 §4.3), nor again while a renewal that was found
    due waits for its turn. What was revoked for good is left alone,
    what was revoked or has a compromised key is renewed at once, as is what somebody asks for.
    """
    work = view.work
    if is_renewal_asked(view.desired, work):
        return None
    if work.is_current_revoked and not _is_reissued(view.desired, current):
        return Wait(now + 7 * DAY, "revoked")
    if work.is_current_revoked or work.is_current_compromised:
        return None
    if now >= current.not_after:
        return None
    is_due = now >= work.renew_at
    if now >= work.window_check_at and not (is_due and work.reason == RENEWAL_DUE):
        return RefreshRenewalInfo()
    if is_due:
        return None
    return _rehearse(view, current, now)


def _rehearse(view: View, current: Current, now: int) -> Step:
    """Rehearse the renewal where that is due, watch the records, and wait."""
    work = view.work
    due = rehearsal_due(work.renew_at, current.stored_at, view.desired.rehearse_days)
    rehearsed_at = plan_rehearsal(work.rehearsal, current.version, due)
    if rehearsed_at is not None and now >= rehearsed_at:
        return RehearseRenewal()
    if now >= work.watch_at and not view.desired.is_self_signed:
        return WatchRecords()
    until = next_attention(work)
    return Wait(until if rehearsed_at is None else min(until, rehearsed_at), "issued", shown_trouble(work))


def _is_reissued(desired: Desired, current: Current) -> bool:
    return any(item.reissues for item in desired.revocations if item.version == current.version)


def _prepare(view: View, now: int) -> Step:
    work = view.work
    if view.desired.csr_key in work.compromised_keys:
        return Wait(now + 7 * DAY, CSR_COMPROMISED.code, CSR_COMPROMISED)
    missing = _ask_permission(view, now, OBSERVATION_HOLDS)
    if missing:
        return missing
    if now < work.retry_at:
        return Wait(work.retry_at, "backing-off", work.problem)
    return _reserve(view, now) or BeginAttempt(view.work.replaceable_by(view.desired.account))


def _reserve(view: View, now: int) -> ConnectAccount | ReserveBudget | Wait | None:
    """Have a place at each of the CA's limits, looked at no longer ago than records are; then None."""
    work = view.work
    mine = [place for place in work.places if place.account == view.desired.account]
    awaited = next((place for place in mine if now < place.at), None)
    if awaited:
        return Wait(min(awaited.at, now + LONGEST_WAIT), "waiting-for-budget", waiting_problem(awaited))
    if view.account is None:
        return ConnectAccount()
    return None if now < view.reserved_at + OBSERVATION_HOLDS else ReserveBudget()


def _ask_permission(view: View, now: int, lasts: int) -> CheckOwnership | CheckRecords | Wait | Suspend | None:
    """See that the owner holds every name and the records stand, looked at no longer ago than `lasts`; then None."""
    work = view.work
    if view.owner is None or not view.owner.is_active:
        return Suspend(_OWNER_INACTIVE, now + max(MINUTE, _interval(work, now)))
    if now >= work.ownership_checked_at + (_interval(work, now) if work.ownership_problem else lasts):
        return CheckOwnership()
    if work.ownership_problem:
        return _wait_for(work, work.ownership_problem, work.ownership_checked_at, now)
    if view.desired.is_self_signed:
        return None
    problem = first_problem(work.checks)
    if now >= work.checked_at + (_interval(work, now) if problem else lasts):
        return CheckRecords()
    if problem:
        return _wait_for(work, problem, work.checked_at, now)
    return None


def _interval(work: Work, now: int) -> int:
    """Look often at first; what was known to be wrong before a renewal fell due is new again then."""
    since = work.waiting_since
    if since and work.current and since < work.renew_at <= now:
        since = work.renew_at
    return look_again_after(now - since if since else 0)


def _wait_for(work: Work, problem: Problem, observed_at: int, now: int) -> Wait:
    return Wait(observed_at + _interval(work, now), problem.code, problem)


def _go_on(view: View, attempt: Attempt, now: int) -> Step:
    if attempt.is_over:
        return _abandon(attempt, attempt.problem)
    hindrance = _find_hindrance(view, attempt, now)
    if hindrance:
        return _abandon(attempt, hindrance)
    if view.account is None:
        return ConnectAccount()
    if not attempt.order_url:
        return _place(view, attempt, now)
    order = view.order
    if order is None:
        return PollOrder()
    match order.status:
        case Status.PENDING:
            return _validate(attempt, order, now)
        case Status.READY:
            return _finalize(view, attempt, order, now)
        case Status.PROCESSING:
            return _poll(attempt, order, now)
        case Status.VALID:
            return ConcludeDryRun() if view.desired.dry_run_of else StoreVersion()
        case _:
            return _abandon(attempt, order.problem or _refused(order))


def _find_hindrance(view: View, attempt: Attempt, now: int) -> Problem | None:
    """Tell why an attempt can't go on, whatever its order's status."""
    if view.desired.is_deleted:
        return DELETED
    if attempt.public_key in view.work.compromised_keys:
        return KEY_COMPROMISED
    if attempt.account != view.desired.account:
        return MOVED
    if view.owner is None or not view.owner.is_active:
        return _OWNER_INACTIVE
    if not attempt.order_url and now >= attempt.started_at + PLACING_LASTS:
        return ORDER_NOT_PLACED
    return None


def _place(view: View, attempt: Attempt, now: int) -> Step:
    """Place the order, unless what permitted it has changed while the attempt had to wait."""
    missing = _ask_permission(view, now, OBSERVATION_HOLDS)
    if isinstance(missing, Wait | Suspend):
        return _abandon(attempt, missing.problem)
    return missing or _reserve(view, now) or PlaceOrder()


def _abandon(attempt: Attempt, problem: Problem | None) -> Step:
    return WithdrawAnswers() if attempt.publications else CloseAttempt(problem)


def _refused(order: Order) -> Problem:
    return Problem("order-invalid", f"The CA ended the order as {order.status.value} without a reason.", Actor.CA)


def _poll(attempt: Attempt, order: Order, now: int) -> Step:
    if _is_expired(attempt, order, now):
        return _abandon(attempt, ORDER_EXPIRED)
    return PollOrder() if now >= order.retry_at else Wait(order.retry_at, "ca-at-work")


def _is_expired(attempt: Attempt, order: Order, now: int) -> bool:
    return now >= (order.expires_at or attempt.started_at + PROCESSING_LASTS)


def _finalize(view: View, attempt: Attempt, order: Order, now: int) -> Step:
    """Finalize an order, unless what permitted it is long ago: then it is looked at again, and waited for."""
    if _is_expired(attempt, order, now):
        return _abandon(attempt, ORDER_EXPIRED)
    return _ask_permission(view, now, PERMISSION_LASTS) or Finalize()


def _validate(attempt: Attempt, order: Order, now: int) -> Step:
    """Name all answers, publish them and see them on every live node before any challenge is answered."""
    if now >= attempt.started_at + ANSWER_LIFETIME or _is_expired(attempt, order, now):
        return _abandon(attempt, ORDER_EXPIRED)
    unread = order.authorization_urls if attempt.unread is None else attempt.unread
    if unread:
        return ReadAuthorization(unread[0])
    if any(not item.generation for item in attempt.publications):
        return PublishAnswers(tuple(item.answer for item in attempt.publications))
    if attempt.publications and not attempt.is_visible:
        return AwaitVisible()
    return AnswerChallenge(attempt.unanswered[0]) if attempt.unanswered else _poll(attempt, order, now)
