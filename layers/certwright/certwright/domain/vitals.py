"""Whether a deployment is alive: judged from what can be read of it at one moment."""

from collections.abc import Iterator
from dataclasses import dataclass

from certwright.domain.answer import NodeRow
from certwright.domain.renewal import MINUTE, SECOND

SWEEPS_APART = 3 * MINUTE
"""The schedule runs every minute; after so long it is silent."""
WORK_WAITS = 20 * MINUTE
"""After so long what is due is not worked on; the alarm goes by the same."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    is_ok: bool
    message: str


@dataclass(frozen=True, slots=True)
class Vitals:
    """What was read; a part that could not be read is None, with the reason in `failures` under its name.

    `swept_at` is when the schedule ran last, 0 for never; `due_at` the earliest due time, `has_certificates` whether
    there is one. `waiting` and `dead` are messages.
    """

    now: int
    swept_at: int | None = None
    due_at: int | None = None
    waiting: int | None = None
    dead: int | None = None
    nodes: tuple[NodeRow, ...] | None = None
    failures: tuple[tuple[str, str], ...] = ()


def judge(vitals: Vitals) -> tuple[Finding, ...]:
    """Tell of each part whether it is as it should be, and of a broken one where to look."""
    return (*(Finding(name, False, sentence) for name, sentence in vitals.failures), *_judge_what_was_read(vitals))


def _judge_what_was_read(vitals: Vitals) -> Iterator[Finding]:
    failed = {name for name, _ in vitals.failures}
    if vitals.swept_at is not None:
        yield Finding("registry table", True, "answers")
        yield _judge_schedule(vitals.now, vitals.swept_at)
    if "certificates table" not in failed:
        yield Finding("certificates table", True, "answers")
        yield _judge_work(vitals.now, vitals.due_at)
    if vitals.waiting is not None:
        yield Finding("queue", True, f"{vitals.waiting} messages wait")
    if vitals.dead is not None:
        remedy = "" if not vitals.dead else ": read them, and the logs of what has failed"
        yield Finding("dead letters", not vitals.dead, f"{vitals.dead} messages{remedy}")
    if vitals.nodes is not None:
        yield Finding("nodes table", True, "answers")
        yield _judge_nodes(vitals.now, vitals.nodes)


def _judge_schedule(now: int, swept_at: int) -> Finding:
    if not swept_at:
        return Finding("schedule", False, "it has never run: look at functions/renewal and its schedule")
    ago = max(0, now - swept_at)
    if ago > SWEEPS_APART:
        return Finding("schedule", False, f"it ran last {ago // SECOND} s ago: look at functions/renewal")
    return Finding("schedule", True, f"it ran {ago // SECOND} s ago")


def _judge_work(now: int, due_at: int | None) -> Finding:
    if due_at is None:
        return Finding("worker", True, "there is no certificate to work on")
    late = max(0, now - due_at)
    if late > WORK_WAITS:
        return Finding("worker", False, f"something has been due for {late // SECOND} s: look at functions/issuance")
    return Finding("worker", True, f"what is due has waited for {late // SECOND} s")


def _judge_nodes(now: int, rows: tuple[NodeRow, ...]) -> Finding:
    live = [row for row in rows if row.lease_until > now]
    troubles = [problem for row in live for problem in row.problems]
    if not live:
        return Finding("nodes", False, "none is alive: nothing can be issued; look at the node's service and its logs")
    if troubles:
        return Finding("nodes", False, f"{len(live)} alive, with trouble: {troubles[0]}")
    return Finding("nodes", True, f"{len(live)} alive")
