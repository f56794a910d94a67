"""Move all certificates of one CA account to another, as when a CA is distrusted or an account's key was seen."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from certwright import ports
from certwright.domain.ca_account import CaDefinition
from certwright.domain.ca_choice import CaWish
from certwright.domain.ca_move import (
    MOST_PER_MINUTE,
    PER_MINUTE,
    CaMove,
    Handover,
    MoveProgress,
    by_urgency,
    hand_over,
    is_left,
    measure,
)
from certwright.domain.certificate import Event
from certwright.domain.errors import Conflict, InvalidRequest, NotFound, StaleRevision, Unavailable
from certwright.domain.shown import Summary, is_renewal_asked, status
from certwright.flows.ca_accounts import MOVE_PREFIX, choose_ca, find_account, find_definition, put_definition
from certwright.flows.hasten import hasten
from certwright.flows.world import Desk, Registry, Workshop

PAGE = 1000
QUEUE_ROOM = 1000
"""No more messages than these wait because of a move."""


@dataclass(frozen=True, slots=True)
class MoveView:
    """A move and how far it is."""

    account: str
    move: CaMove
    progress: MoveProgress


def ask_move(desk: Desk, name: str, to: str, *, reissues: bool = True, per_minute: int = 0) -> MoveView:
    """Have every certificate of an account moved to another; the same wish again changes nothing.

    Workers hand them over from the next minute on. Raises `NotFound`, `InvalidRequest`, and `Conflict` while another
    move of the account stands.
    """
    source, pace = find_account(desk, name), per_minute or PER_MINUTE
    _check_target(desk, name, to)
    if not 1 <= pace <= MOST_PER_MINUTE:
        raise InvalidRequest(f"Choose 1 to {MOST_PER_MINUTE} a minute.", field="per_minute", code="invalid-field")
    if source.move and source.move.to != to:
        raise Conflict(f"{name} is being moved to {source.move.to}: end that move first.", code="ca-moving")
    summaries = list_summaries(desk.registry, desk.certificates)
    total = sum(is_left(shown, name) for shown in summaries)
    move = source.move or CaMove(to, desk.clock.now(), total=total)
    wanted = replace(move, reissues=reissues, per_minute=pace, finished_at=0 if total else move.finished_at)
    if wanted != source.move:
        put_definition(desk, source, replace(source, move=wanted, changes=source.changes + 1))
    hasten(desk.queue, MOVE_PREFIX + name)
    return MoveView(name, wanted, measure(summaries, name, wanted))


def _check_target(desk: Desk, name: str, to: str) -> None:
    if to == name:
        raise InvalidRequest("Choose another account than the one to move from.", field="to", code="ca-unknown")
    target = choose_ca(desk, to, field="to")
    if target.move:
        raise InvalidRequest(
            f"{to} is being moved to {target.move.to} itself: choose that one.", field="to", code="ca-moving"
        )


def read_move(desk: Desk, name: str) -> MoveView:
    """Tell how far a move is; raises `NotFound`, also where there is none."""
    move = find_account(desk, name).move
    if move is None:
        raise NotFound(f"{name} is not being moved anywhere: see POST /v1/cas/{name}/move.")
    return MoveView(name, move, measure(list_summaries(desk.registry, desk.certificates), name, move))


def end_move(desk: Desk, name: str) -> None:
    """Hand over nothing more, and send requests to the account again; what was moved stays where it is."""
    source = find_account(desk, name)
    if source.move is None:
        raise NotFound(f"{name} is not being moved anywhere.")
    put_definition(desk, source, replace(source, move=None, changes=source.changes + 1))


def continue_move(workshop: Workshop, name: str) -> int:
    """Hand over the next certificates, the most urgent first; returns how many.

    All is derived from what is stored, so that it may be done again, or by two at once. What somebody changes at this
    moment comes next time.
    """
    source = find_definition(workshop.registry, workshop.settings, name)
    move = source.move if source else None
    target = find_definition(workshop.registry, workshop.settings, move.to) if move else None
    if source is None or move is None or target is None or move.finished_at:
        return 0
    left = [shown for shown in list_summaries(workshop.registry, workshop.certificates) if is_left(shown, name)]
    if not left:
        _finish(workshop, source, move)
    room = max(0, QUEUE_ROOM - workshop.queue.depth())
    next_ones = by_urgency(left)[: min(move.per_minute, room)]
    handover = Handover(name, CaWish(target.name, target.profile), move.reissues)
    moved = [shown.id for shown in next_ones if _move(workshop, shown.id, handover)]
    if moved:
        workshop.queue.send_all(moved)
    return len(moved)


def _finish(workshop: Workshop, source: CaDefinition, move: CaMove) -> None:
    """Note that all are handed over; whoever changes the account at this moment goes first."""
    done = replace(source, move=replace(move, finished_at=workshop.clock.now()))
    try:
        workshop.registry.cas.update(source, done)
    except StaleRevision:
        return


def _move(workshop: Workshop, certificate_id: str, handover: Handover) -> bool:
    """Hand over one certificate; False where somebody else came first."""
    managed, now = workshop.certificates.read(certificate_id), workshop.clock.now()
    if managed is None or managed.desired.is_deleted:
        return False
    after = hand_over(managed.desired, managed.work, handover, now)
    state = status(after, managed.work, now)
    follows = " A certificate of it was asked for." if is_renewal_asked(after, managed.work) else ""
    event = Event(
        now,
        state.state,
        state.reason,
        f"Moved from the CA account {handover.account} to {handover.to.account}.{follows}",
    )
    try:
        workshop.renewals.move(managed, after, event)
    except (StaleRevision, NotFound, Unavailable):
        return False
    return True


def list_summaries(registry: Registry, certificates: ports.Certificates) -> tuple[Summary, ...]:
    """List every certificate of the deployment; about 300 bytes each are read."""
    return tuple(_every(registry, certificates))


def _every(registry: Registry, certificates: ports.Certificates) -> Iterator[Summary]:
    for owner in registry.owners.list_all():
        cursor = ""
        while True:
            page = certificates.list_summaries(owner.id, cursor, PAGE)
            yield from page.items
            cursor = page.cursor
            if not cursor:
                break
