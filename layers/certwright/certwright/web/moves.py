"""A move of a CA account's certificates, as callers get it."""

from certwright.domain.instants import instant
from certwright.domain.shown import Summary
from certwright.flows.move_certificates import MoveView

type Json = dict[str, object]


def show(view: MoveView) -> Json:
    """Show a move and how far it is."""
    move, progress = view.move, view.progress
    total = max(move.total, progress.left + progress.under_way)
    return {
        "from": view.account,
        "to": move.to,
        "reissue": move.reissues,
        "per_minute": move.per_minute,
        "started_at": instant(move.started_at),
        "handed_over_at": instant(move.finished_at),
        "complete": progress.is_complete,
        "total": total,
        "left": progress.left,
        "under_way": progress.under_way,
        "done": total - progress.left - progress.under_way,
        "next_expiry": instant(progress.next_expiry),
        "held_up": progress.held_up_total,
        "held_up_items": [_held_up(item) for item in progress.held_up],
    }


def _held_up(item: Summary) -> Json:
    return {"id": item.id, "names": list(item.names), "reason": item.reason, "expires_at": instant(item.expires_at)}
