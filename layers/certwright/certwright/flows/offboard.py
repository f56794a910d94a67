"""Take a domain, an owner or everything out of the deployment, after a look at what that means.

Nothing is stored of an offboarding: what is left to do is what is still there. So it goes on after a crash, and whoever
asks again is told how far it is.
"""

from dataclasses import dataclass, replace

from certwright.domain.access import Caller
from certwright.domain.errors import Conflict, NotFound
from certwright.domain.renewal import SECOND
from certwright.domain.revocation import Reason
from certwright.domain.shown import Summary
from certwright.flows.ask_revocation import RevocationWish, ask_revocation
from certwright.flows.ca_accounts import deactivate
from certwright.flows.delegations import forget_gone
from certwright.flows.offboard_plan import OffboardWish, Plan, is_confirmed, plan_offboarding, read_wish
from certwright.flows.owners import OwnerChange, change_owner
from certwright.flows.wake_certificate import delete_certificate
from certwright.flows.world import Desk

LASTS = 8 * SECOND
"""How long one request takes certificates away; who asks again has the rest taken away."""


@dataclass(frozen=True, slots=True)
class Offboarding:
    """A wish, and what is still there of it."""

    wish: OffboardWish
    plan: Plan


def look_at_offboarding(desk: Desk, caller: Caller, wish: OffboardWish) -> Offboarding:
    """Tell what would go; nothing is changed. Raises `InvalidRequest`, `NotFound`."""
    wish = read_wish(desk, wish)
    return Offboarding(wish, plan_offboarding(desk, caller, wish))


def offboard(desk: Desk, caller: Caller, wish: OffboardWish, confirmation: str) -> Offboarding:
    """Take away what a look has shown, as far as it goes now, and tell what is left.

    Workers delete certificates; what these need goes once they are gone. The same `confirmation` holds until all is
    done. Raises `Conflict` where it is for something else, or something has come since.
    """
    seen = look_at_offboarding(desk, caller, wish)
    if not is_confirmed(seen.plan, seen.wish, confirmation, desk.clock.now()):
        raise Conflict("This is not what you looked at, or more than a day ago: look again.", code="offboard-changed")
    _take_away(desk, caller, seen)
    left = plan_offboarding(desk, caller, seen.wish)
    return Offboarding(seen.wish, replace(left, confirmation=confirmation))


def _take_away(desk: Desk, caller: Caller, seen: Offboarding) -> None:
    plan = seen.plan
    for owner in plan.owners:
        change_owner(desk, owner.id, OwnerChange(is_active=False))
    for token in plan.tokens:
        desk.tokens.remove(token.id)
    ends_at = desk.clock.now() + LASTS
    for certificate in plan.certificates:
        if desk.clock.now() >= ends_at:
            return
        if certificate.state != "deleting":
            _delete(desk, caller, certificate, revokes=seen.wish.revokes)
    if not plan.certificates:
        _clear(desk, plan)


def _delete(desk: Desk, caller: Caller, certificate: Summary, *, revokes: bool) -> None:
    """Have a worker delete a certificate, and revoke what is issued before; quietly where it has just gone."""
    try:
        if revokes and certificate.issued_at and certificate.state != "revoked":
            ask_revocation(desk, caller, certificate.id, RevocationWish(Reason.CESSATION_OF_OPERATION.value))
        delete_certificate(desk, caller, certificate.id)
    except NotFound:
        return


def _clear(desk: Desk, plan: Plan) -> None:
    """Take away what certificates needed: delegations leave tombstones."""
    now = desk.clock.now()
    for delegation in plan.delegations:
        forget_gone(desk, delegation)
        desk.registry.delegations.set_deleted(delegation.owner, delegation.domain, now)
    for zone in plan.zones:
        desk.registry.owners.set_current_zone(zone.owner, "", instead_of=zone.id)
        desk.answers.withdraw_zone(zone.origin)
        desk.registry.zones.remove(zone)
    for name in plan.accounts:
        deactivate(desk, name, is_offboarding=True)
