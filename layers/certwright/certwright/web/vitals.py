"""How a deployment stands, as callers get it."""

from certwright.domain.access import Caller
from certwright.domain.instants import instant
from certwright.domain.vitals import Vitals, judge
from certwright.flows.world import Desk

type Json = dict[str, object]


def show(vitals: Vitals, desk: Desk, caller: Caller, version: str) -> Json:
    """Show what was found, and where the deployment is reached from outside; no secret, nor the name of one."""
    findings = judge(vitals)
    return {
        "version": version,
        "ok": all(item.is_ok for item in findings),
        "role": caller.role.value,
        "owner": caller.owner,
        "addresses": list(desk.settings.node_addresses),
        "challenge_host": desk.settings.challenge_host or None,
        "last_sweep_at": instant(vitals.swept_at or 0),
        "oldest_due_at": instant(vitals.due_at or 0),
        "messages": vitals.waiting,
        "dead_letters": vitals.dead,
        "nodes": [
            {
                "task": row.task,
                "alive": row.lease_until > vitals.now,
                "started_at": instant(row.started_at),
                "serves_until": instant(row.lease_until),
                "problems": list(row.problems),
            }
            for row in vitals.nodes or ()
        ],
        "checks": [{"check": item.check, "ok": item.is_ok, "message": item.message} for item in findings],
    }
