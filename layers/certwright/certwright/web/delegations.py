"""Delegations and what offboarding takes away, as callers get them."""

from certwright.domain.instants import instant
from certwright.flows.delegations import DelegationView
from certwright.flows.offboard import Offboarding
from certwright.web.replies import Json, hop, problem, record


def show_delegation(view: DelegationView) -> Json:
    """Show a delegation, with the records it needs and what the last look found."""
    stored = view.delegation
    return {
        "domain": stored.domain,
        "owner": stored.owner,
        "id": stored.uuid,
        "state": view.state.value,
        "problem": problem(view.problem),
        "records": [record(item) for item in view.records],
        "target": stored.target or None,
        "certificates": list(stored.certificates),
        "created_at": instant(stored.created_at),
        "deleted_at": instant(stored.deleted_at),
        "looked_at": instant(stored.looked_at),
        "last_seen_at": instant(stored.seen_at),
        "hops": [hop(item) for item in view.hops],
    }


def show_offboarding(value: Offboarding) -> Json:
    """Show what is there to go, or still to go, and what to remove and release by hand."""
    plan = value.plan
    return {
        "done": plan.is_done,
        "confirm": plan.confirmation,
        "certificates": [
            {
                "id": item.id,
                "owner": item.owner,
                "names": list(item.names),
                "names_total": item.names_total,
                "state": item.state,
            }
            for item in plan.certificates[:1000]
        ],
        "certificates_total": len(plan.certificates),
        "revoked": value.wish.revokes,
        "delegations": [{"owner": item.owner, "domain": item.domain} for item in plan.delegations],
        "zones": [{"id": item.id, "owner": item.owner, "origin": item.origin} for item in plan.zones],
        "kept": list(plan.kept),
        "owners": [owner.id for owner in plan.owners],
        "tokens": [token.id for token in plan.tokens],
        "cas": list(plan.accounts),
        "records": [record(item) for item in plan.records],
        "left_over": [record(item) for item in plan.left_over],
        "retained": [{"resource": name, "holds": why} for name, why in plan.retained],
    }  # long, but one line for each field
