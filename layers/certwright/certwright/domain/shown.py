"""What people are shown of a certificate: its state in words, and the summary that lists are made of."""

from dataclasses import dataclass
from enum import StrEnum

from certwright.domain.asked_renewal import RENEWAL_REQUESTED
from certwright.domain.certificate import Desired, Work
from certwright.domain.dry_run import dry_run_state
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import DAY, late_at


class Hearer(StrEnum):
    """Who must hear of a certificate that is late: its user where only they can mend it, else the operator."""

    USER = "user"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list shows of a certificate: about 250 bytes, enough to sort and filter 10,000 in memory.

    At `late_at` it should have been issued or renewed for long; `late_for` is who must then hear of it. `cas` are all
    accounts that may be asked where there are several, `leaving` the one that is being left for another CA,
    `key_mark` the beginning of the digest of its key or the CSR's. `is_troubled` says that a user or an operator must
    act.
    """

    id: str
    owner: str
    names: tuple[str, ...]
    names_total: int
    state: str
    reason: str
    challenge: str
    account: str
    created_at: int
    issued_at: int
    expires_at: int
    renew_at: int
    late_at: int = 0
    late_for: Hearer = Hearer.OPERATOR
    cas: tuple[str, ...] = ()
    leaving: str = ""
    key_mark: str = ""
    is_dry_run: bool = False
    is_untrusted: bool = False
    is_troubled: bool = False


SUMMARY_NAMES = 3
"""So many names a summary holds; the certificate itself has them all."""

FIRST_ISSUE = DAY
"""A certificate that was never issued is late so long after it was requested, a revoked one after that was asked."""

NEVER_LATE = 10**14
"""Long after every certificate has expired."""


@dataclass(frozen=True, slots=True)
class Status:
    """The state shown to people: derived from `Desired` and `Work`, never set.

    `state` is one of deleting, waiting, issuing, failing, issued, renewing, revoked, expired; that of a dry run which
    has ended passed or failed. A certificate that is issued can have a problem all the same, of its renewal.
    """

    state: str
    reason: str
    sentence: str
    problem: Problem | None


def is_renewal_asked(desired: Desired, work: Work) -> bool:
    """Tell whether a renewal that somebody asked for is still to be done; not what was given up for good since."""
    asked, current = desired.renewal, work.current
    if asked is None or current is None or asked.is_met_by(current.version, current.public_key, current.account):
        return False
    mine = (item for item in desired.revocations if item.version == current.version and not item.reissues)
    return all(item.asked_at <= asked.asked_at for item in mine)


def status(desired: Desired, work: Work, now: int) -> Status:
    """Derive the state of a certificate from its parts; `now` in epoch milliseconds."""
    problem = work.problem or rehearsed_problem(work)
    state, sentence = _state(desired, work, now)
    is_asked = is_renewal_asked(desired, work) and not desired.is_deleted
    reason = problem.code if problem else RENEWAL_REQUESTED if is_asked else work.reason
    return Status(state, reason, problem.sentence if problem else sentence, problem)


def rehearsed_problem(work: Work) -> Problem | None:
    """Find what a rehearsal of the current version's renewal has shown, until that renewal is at work."""
    if work.attempt or work.current is None or work.rehearsal is None:
        return None
    return work.rehearsal.problem if work.rehearsal.version == work.current.version else None


def _state(desired: Desired, work: Work, now: int) -> tuple[str, str]:
    if desired.is_deleted:
        return "deleting", "It was deleted; its answers are being withdrawn."
    if work.verdict:
        return dry_run_state(work.verdict)
    is_at_work = work.attempt and not work.attempt.is_stored
    if work.is_current_revoked and not is_at_work:
        return "revoked", "The certificate is revoked."
    if work.current and work.current.not_after <= now:
        return "expired", "The certificate has expired."
    if work.current:
        return _renewing_or_issued(is_renewal_asked(desired, work), is_at_work=bool(is_at_work))
    if work.attempt:
        return "issuing", "The CA is asked for it."
    if work.failures:
        return "failing", "The last attempt failed; it is tried again."
    return "waiting", "It is about to be looked at."


def _renewing_or_issued(is_asked: bool, *, is_at_work: bool) -> tuple[str, str]:
    if is_at_work:
        return "renewing", "It is being renewed, as was asked for." if is_asked else "It is being renewed."
    if is_asked:
        return "issued", "It is issued; a renewal was asked for and begins in its turn."
    return "issued", "It is issued and renews in time."


def summary(desired: Desired, work: Work, now: int) -> Summary:
    """Condense a certificate for lists."""
    shown = status(desired, work, now)
    current = work.current
    types = sorted({desired.challenge_type(name).value for name in desired.names})
    return Summary(
        id=desired.id,
        owner=desired.owner,
        names=desired.names[:SUMMARY_NAMES],
        names_total=len(desired.names),
        state=shown.state,
        reason=shown.reason,
        challenge="+".join(types),
        account=desired.account,
        created_at=desired.created_at,
        issued_at=current.stored_at if current else 0,
        expires_at=current.not_after if current else 0,
        renew_at=work.renew_at,
        late_at=_late_at(desired, work),
        late_for=Hearer.USER if shown.problem and shown.problem.actor is Actor.USER else Hearer.OPERATOR,
        is_troubled=shown.problem is not None and shown.problem.actor in (Actor.USER, Actor.OPERATOR),
        cas=tuple(wish.account for wish in desired.cas),
        leaving=desired.renewal.moved_from if desired.renewal and is_renewal_asked(desired, work) else "",
        key_mark=key_mark(desired.csr_key or (current.public_key if current else "")),
        is_dry_run=bool(desired.dry_run_of),
        is_untrusted=desired.is_untrusted,
    )


def key_mark(public_key: str) -> str:
    """Shorten the digest of a key for lists: enough to find candidates, which are then looked at."""
    return public_key[:16]


def _late_at(desired: Desired, work: Work) -> int:
    """Tell from when somebody must hear of it; a revoked one is late after a day, one that is given up never."""
    current = work.current
    if desired.dry_run_of:
        return NEVER_LATE
    if current is None:
        return desired.created_at + FIRST_ISSUE
    if not work.is_current_revoked:
        return late_at(current.not_before, current.not_after)
    asked = next((item for item in desired.revocations if item.version == current.version), None)
    return asked.asked_at + FIRST_ISSUE if asked and asked.reissues else NEVER_LATE
