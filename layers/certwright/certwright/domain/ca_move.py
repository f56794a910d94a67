"""Moving all certificates of one CA account to another: what is left to do, in which order, what becomes of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from certwright.domain.asked_renewal import AskedRenewal
from certwright.domain.ca_choice import CaWish
from certwright.domain.certificate import Desired, Work
from certwright.domain.codes import CODES, Where
from certwright.domain.shown import Summary, is_renewal_asked

PER_MINUTE = 60
MOST_PER_MINUTE = 600
MOST_SHOWN = 20
_GOES_ON = {code.code for code in CODES if code.where is Where.REASON} | {"waiting-for-budget", "budgets-busy"}
"""Reasons that ask nothing of anybody."""


@dataclass(frozen=True, slots=True)
class CaMove:
    """The wish to have the certificates of an account at another one; instants are epoch milliseconds.

    It stands until somebody ends it: requests go `to` the other account too. `reissues` says whether each is replaced
    at once, or when it is due. So many `per_minute` are handed over, those that expire first first. `total` is how many
    there were; at `finished_at` the last one was handed over, 0 before.
    """

    to: str
    started_at: int
    reissues: bool = True
    per_minute: int = PER_MINUTE
    total: int = 0
    finished_at: int = 0


@dataclass(frozen=True, slots=True)
class MoveProgress:
    """How far a move is.

    `left` certificates still are to ask the old account, `under_way` are those that ask the new one and wait for its
    version. `held_up` are some of these that need somebody; `next_expiry` is the earliest of all, 0 for
    none.
    """

    left: int
    under_way: int
    held_up_total: int
    held_up: tuple[Summary, ...]
    next_expiry: int

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing depends on the old account any more."""
        return self.left == self.under_way == 0


def is_left(shown: Summary, account: str) -> bool:
    """Tell whether a certificate may still ask an account."""
    return shown.state != "deleting" and account in (shown.cas or (shown.account,))


def is_under_way(shown: Summary, account: str) -> bool:
    """Tell whether a certificate that asks another account now still waits for its version from there."""
    return shown.leaving == account and not is_left(shown, account) and shown.state != "deleting"


def by_urgency(summaries: Iterable[Summary]) -> list[Summary]:
    """Sort those first that expire first; those that were never issued come last, the oldest of them first."""
    return sorted(summaries, key=lambda shown: (not shown.expires_at, shown.expires_at, shown.created_at, shown.id))


def measure(summaries: Iterable[Summary], account: str, move: CaMove) -> MoveProgress:
    """Tell how far a move is, from what lists show."""
    left, under_way = [], []
    for shown in summaries:
        if is_left(shown, account):
            left.append(shown)
        elif move.reissues and is_under_way(shown, account):
            under_way.append(shown)
    expiries = [shown.expires_at for shown in (*left, *under_way) if shown.expires_at]
    held_up = [shown for shown in by_urgency(under_way) if shown.reason not in _GOES_ON]
    return MoveProgress(len(left), len(under_way), len(held_up), tuple(held_up[:MOST_SHOWN]), min(expiries, default=0))


@dataclass(frozen=True, slots=True)
class Handover:
    """What a move means for each certificate: whom to ask in the place of `account`, and whether to reissue at once."""

    account: str
    to: CaWish
    reissues: bool


def hand_over(desired: Desired, work: Work, handover: Handover, now: int) -> Desired:
    """Put another account in the place of one; what that has issued is replaced where the handover says so."""
    account, to = handover.account, handover.to
    if desired.cas:
        first, *others = _each_once(to if wish.account == account else wish for wish in desired.cas)
        cas = (first, *others) if others else ()
        desired = replace(desired, account=first.account, profile=first.profile, cas=cas)
    elif desired.account == account:
        desired = replace(desired, account=to.account, profile=to.profile)
    return replace(desired, renewal=_renewal(desired, work, handover, now))


def _each_once(wishes: Iterable[CaWish]) -> Iterator[CaWish]:
    seen: set[str] = set()
    for wish in wishes:
        if wish.account not in seen:
            seen.add(wish.account)
            yield wish


def _renewal(desired: Desired, work: Work, handover: Handover, now: int) -> AskedRenewal | None:
    current, asked, account = work.current, desired.renewal, handover.account
    is_there = current is None or current.account == handover.to.account
    if not handover.reissues or current is None or is_there or _is_given_up(desired, work):
        return asked
    is_open = asked is not None and is_renewal_asked(desired, work)
    if asked and is_open and asked.moved_from == account:
        return asked
    unwanted = asked.unwanted_key if asked and is_open else ""
    return AskedRenewal(current.version, now, unwanted, current.account, account)


def _is_given_up(desired: Desired, work: Work) -> bool:
    version = work.current.version if work.current else 0
    return work.is_current_revoked and not any(item.reissues for item in desired.revocations if item.version == version)
