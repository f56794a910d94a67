"""The heart: what to do next for one certificate, decided from values alone."""

from dataclasses import dataclass

from certwright.domain.answer import Answer, HttpAnswer, TxtAnswer
from certwright.domain.certificate import STUCK_AFTER_CLAIMS, Attempt, Current, Desired, Work
from certwright.domain.order import (
    Account,
    Authorization,
    Challenge,
    ChallengeType,
    Order,
    Status,
    key_authorization,
    txt_value,
)
from certwright.domain.owner import Owner
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import first_problem
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND, look_again_after
from certwright.domain.steps import (
    AnswerChallenges,
    AwaitVisible,
    BeginAttempt,
    CheckOwnership,
    CheckRecords,
    CloseAttempt,
    ConnectAccount,
    Finalize,
    PlaceOrder,
    PollOrder,
    PublishAnswers,
    RefreshRenewalInfo,
    Remove,
    Step,
    StoreVersion,
    Suspend,
    Wait,
    WithdrawAnswers,
)

OBSERVATION_HOLDS = MINUTE
"""How long a look at records or ownership permits an order."""

PLACING_LASTS = HOUR
"""How long after its beginning an attempt may still place its order."""

ANSWER_LIFETIME = 2 * HOUR
"""How long after an attempt's beginning the nodes serve an answer that nobody withdraws; CAs look within minutes."""

PROCESSING_LASTS = DAY
"""How long an attempt waits for an order in processing where the CA tells no end of it."""

DELETED = Problem("deleted", "The certificate was deleted while it was being issued.", Actor.USER)
ORDER_EXPIRED = Problem(
    "order-expired", "The CA did not finish the order before it expired; it is tried again.", Actor.CA
)
ORDER_NOT_PLACED = Problem(
    "order-not-placed",
    "The order could not be placed for an hour, because the CA did not answer or another certificate has the same "
    "names in flight; it is tried again.",
    Actor.CA,
)

CHALLENGE_NOT_OFFERED = Problem(
    "challenge-not-offered",
    "The CA does not offer the challenge this certificate is proven by: ask another CA, or use DNS-01.",
    Actor.OPERATOR,
)
_STUCK = Problem(
    "stuck",
    "Work on this certificate crashed several times in a row; it is set aside and tried daily.",
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

    `owner` is None where it is gone; `account` and `order` until they were loaded in this invocation.
    """

    desired: Desired
    work: Work
    owner: Owner | None
    account: Account | None = None
    order: Order | None = None


def next_step(view: View, now: int) -> Step:
    """Decide what comes next; `now` in epoch milliseconds. Never raises, and never answers "nothing"."""
    work = view.work
    if work.claims_since_save > STUCK_AFTER_CLAIMS:
        return Suspend(_STUCK, now + DAY)
    if work.attempt:
        return _go_on(view, work.attempt, now)
    if view.desired.is_deleted:
        return Remove()
    return (work.current and _keep(work, work.current, now)) or _prepare(view, now)


def _keep(work: Work, current: Current, now: int) -> Step | None:
    """Leave an issued certificate alone until renewal is due; None when it is.

    The CA is asked before every renewal, but not after expiry (RFC 9773 §4.3).
    """
    if now >= current.not_after:
        return None
    if now >= work.window_check_at:
        return RefreshRenewalInfo()
    return Wait(min(work.renew_at, work.window_check_at), "issued") if now < work.renew_at else None


def _prepare(view: View, now: int) -> Step:
    work = view.work
    missing = _ask_permission(view, now)
    if missing:
        return missing
    if now < work.retry_at:
        return Wait(work.retry_at, "backing-off", work.problem)
    return BeginAttempt(_replaces(view)) if view.account else ConnectAccount()


def _ask_permission(view: View, now: int) -> CheckOwnership | CheckRecords | Wait | Suspend | None:
    """Before every order: the owner holds every name, and the records stand, freshly looked at. None when it may be."""
    work = view.work
    if view.owner is None or not view.owner.is_active:
        return Suspend(_OWNER_INACTIVE, now + DAY)
    if now >= work.ownership_checked_at + _holds(work, work.ownership_problem, now):
        return CheckOwnership()
    if work.ownership_problem:
        return _wait_for(work, work.ownership_problem, work.ownership_checked_at, now)
    problem = first_problem(work.checks)
    if now >= work.checked_at + _holds(work, problem, now):
        return CheckRecords()
    if problem:
        return _wait_for(work, problem, work.checked_at, now)
    return None


def _holds(work: Work, problem: Problem | None, now: int) -> int:
    """Tell how long an observation need not be made again."""
    return _interval(work, now) if problem else OBSERVATION_HOLDS


def _interval(work: Work, now: int) -> int:
    return look_again_after(now - work.waiting_since if work.waiting_since else 0)


def _wait_for(work: Work, problem: Problem, observed_at: int, now: int) -> Wait:
    return Wait(observed_at + _interval(work, now), problem.code, problem)


def _replaces(view: View) -> str:
    """Name the certificate being renewed, but only to the account that ordered it (RFC 9773 §5)."""
    current = view.work.current
    return current.ari_id if current and current.account == view.desired.account else ""


def _go_on(view: View, attempt: Attempt, now: int) -> Step:
    if attempt.is_over:
        return _abandon(attempt, attempt.problem)
    if view.desired.is_deleted:
        return _abandon(attempt, DELETED)
    if view.owner is None or not view.owner.is_active:
        return _abandon(attempt, _OWNER_INACTIVE)
    if not attempt.order_url and now >= attempt.started_at + PLACING_LASTS:
        return _abandon(attempt, ORDER_NOT_PLACED)
    if view.account is None:
        return ConnectAccount()
    if not attempt.order_url:
        return _place(view, attempt, now)
    order = view.order
    if order is None:
        return PollOrder()
    match order.status:
        case Status.PENDING:
            return _validate(view, view.account, attempt, order, now)
        case Status.READY:
            return _abandon(attempt, ORDER_EXPIRED) if _is_expired(attempt, order, now) else Finalize()
        case Status.PROCESSING:
            return _poll(attempt, order, now)
        case Status.VALID:
            return StoreVersion()
        case _:
            return _abandon(attempt, order.problem or _refused(order))


def _place(view: View, attempt: Attempt, now: int) -> Step:
    """Place the order, unless what permitted it has changed while the attempt had to wait."""
    missing = _ask_permission(view, now)
    if isinstance(missing, Wait | Suspend):
        return _abandon(attempt, missing.problem)
    return missing or PlaceOrder()


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


def _validate(view: View, account: Account, attempt: Attempt, order: Order, now: int) -> Step:
    """Publish all answers and see them on every live node before any challenge is answered."""
    if now >= attempt.started_at + ANSWER_LIFETIME:
        return _abandon(attempt, ORDER_EXPIRED)
    challenges = [_challenge(view.desired, item) for item in _pending(order)]
    if any(challenge is None for challenge in challenges):
        return _abandon(attempt, CHALLENGE_NOT_OFFERED)
    answers = build_answers(view, account, attempt, order)
    if not set(answers) <= {item.answer for item in attempt.publications if item.generation}:
        return PublishAnswers(answers)
    if answers and not attempt.is_visible:
        return AwaitVisible()
    urls = tuple(item.url for item in challenges if item and _is_to_answer(item, attempt))
    return AnswerChallenges(urls) if urls else _poll(attempt, order, now)


def _is_to_answer(challenge: Challenge, attempt: Attempt) -> bool:
    """Answer once: a CA may go on calling a challenge pending while it validates, and validate again if told again."""
    return challenge.status is Status.PENDING and challenge.url not in attempt.answered


def _pending(order: Order) -> list[Authorization]:
    return [item for item in order.authorizations if item.status is Status.PENDING]


def _challenge(desired: Desired, authorization: Authorization) -> Challenge | None:
    return authorization.challenge(desired.challenge_type(authorization.name))


def build_answers(view: View, account: Account, attempt: Attempt, order: Order) -> tuple[Answer, ...]:
    """Build what the nodes must serve for the pending authorizations of an order (RFC 8555 §8.3, §8.4)."""
    expires_at = (attempt.started_at + ANSWER_LIFETIME) // SECOND
    answers: list[Answer] = []
    for authorization in _pending(order):
        challenge = _challenge(view.desired, authorization)
        if challenge is None:
            continue
        if challenge.type == ChallengeType.HTTP_01:
            body = key_authorization(challenge.token, account.thumbprint)
            answers.append(HttpAnswer(challenge.token, authorization.identifier, body, attempt.id, expires_at))
        else:
            value = txt_value(challenge.token, account.thumbprint)
            answers.append(TxtAnswer(view.work.target(authorization.identifier), value, attempt.id, expires_at))
    return tuple(answers)
