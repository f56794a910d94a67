"""Delegations, apart from certificates: prepared ahead, looked at, given up."""

from dataclasses import dataclass

from certwright.domain.delegation_watch import State, is_gone, left_over, state_of
from certwright.domain.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from certwright.domain.hop import Hop
from certwright.domain.identifier import identifier, read_address
from certwright.domain.owner import Delegation, Owner, Zone, may_ask
from certwright.domain.problem import Problem
from certwright.domain.records import Record
from certwright.flows.request_choices import choose_names
from certwright.flows.walk_delegation import walk_delegation
from certwright.flows.wanted_records import served_zones, wanted_delegation
from certwright.flows.world import Desk
from certwright.flows.zones import ensure_zone

CERTIFICATES_NAMED = 3


@dataclass(frozen=True, slots=True)
class DelegationPage:
    """A part of a list; an empty cursor ends it."""

    items: "tuple[DelegationView, ...]"
    cursor: str


@dataclass(frozen=True, slots=True)
class DelegationView:
    """A delegation with its derived state; `records` are those to add, none once it is deleted.

    `hops` are those of a look that was just made.
    """

    delegation: Delegation
    state: State
    problem: Problem | None
    records: tuple[Record, ...]
    hops: tuple[Hop, ...] = ()


def list_delegations(desk: Desk, owner_id: str, after: str, limit: int) -> DelegationPage:
    """List an owner's delegations by domain; deleted ones as long as something may be left over of them.

    A page may have fewer than `limit`, and more after it all the same.
    """
    owner, zones = _find_owner(desk, owner_id), desk.registry.zones.list_all()
    found = desk.registry.delegations.list_of(owner.id, after, limit)
    items = tuple(_view(desk, owner, zones, item) for item in found if not is_gone(item))
    return DelegationPage(items, found[-1].domain if len(found) == limit else "")


def prepare_delegation(desk: Desk, owner_id: str, domain: str) -> DelegationView:
    """Make a domain's target before anything is requested for it; one that is there is kept, and counts again.

    `domain` may be a wildcard's name, which has its domain's target. Raises `InvalidRequest`, `NotAllowed`.
    """
    owner = _find_owner(desk, owner_id)
    name = identifier(choose_names(desk, desk.ca, (domain,), "").kept[0])
    if read_address(name):
        raise InvalidRequest(f"{name} is an IP address, which has no delegation.", field="domain", code="ip-address")
    if not owner.is_active:
        raise NotAllowed("This owner is not active: an operator must activate it.", code="owner-inactive")
    if not (may_ask(owner, name) or may_ask(owner, f"*.{name}")):
        raise NotAllowed(f"No pattern of this owner grants {name}: have an operator grant it.", code="name-not-granted")
    ensure_zone(desk, owner, name)
    book = desk.registry.delegations
    stored = book.obtain(Delegation(owner.id, name, desk.chance.new_uuid(), desk.clock.now()))
    if stored.deleted_at:
        book.set_deleted(owner.id, name, 0)
    return _show(desk, owner.id, name)


def check_delegation(desk: Desk, owner_id: str, domain: str) -> DelegationView:
    """Look now where a domain leads, and keep what was found; raises `NotFound`, `Unavailable`."""
    delegation = _find(desk, owner_id, domain)
    walked = walk_delegation(desk.registry, desk.checks, desk.settings, delegation, desk.clock.now())
    desk.registry.delegations.note_look(walked.delegation)
    return _show(desk, owner_id, delegation.domain, walked.hops)


def delete_delegation(desk: Desk, owner_id: str, domain: str) -> DelegationView:
    """Give a delegation up; its UUID stays a tombstone. Raises `NotFound`, and `Conflict` while it is needed."""
    delegation = _find(desk, owner_id, domain)
    forget_gone(desk, delegation)
    if not desk.registry.delegations.set_deleted(owner_id, delegation.domain, desk.clock.now()):
        needed = _find(desk, owner_id, domain).certificates
        some = ", ".join(needed[:CERTIFICATES_NAMED]) + (" and others" if len(needed) > CERTIFICATES_NAMED else "")
        raise Conflict(f"{delegation.domain} is needed by {some}: delete these first.", code="delegation-needed")
    return _show(desk, owner_id, delegation.domain)


def forget_gone(desk: Desk, delegation: Delegation) -> None:
    """Take certificates out that are no more: a worker that was frozen may have noted one after its end."""
    for certificate_id in delegation.certificates:
        if desk.certificates.read(certificate_id) is None:
            desk.registry.delegations.release(delegation.owner, delegation.domain, certificate_id)


def _find_owner(desk: Desk, owner_id: str) -> Owner:
    owner = desk.registry.owners.read(owner_id)
    if owner is None:
        raise NotFound(f"There is no owner {owner_id[:64]}: check the field “owner”.", code="owner-not-found")
    return owner


def _find(desk: Desk, owner_id: str, domain: str) -> Delegation:
    found = desk.registry.delegations.read(owner_id, identifier(domain.lower().removesuffix(".")))
    if found is None:
        raise NotFound(f"There is no delegation for {domain[:253]} of yours: GET /v1/delegations has them.")
    return found


def _show(desk: Desk, owner_id: str, domain: str, hops: tuple[Hop, ...] = ()) -> DelegationView:
    zones = desk.registry.zones.list_all()
    return _view(desk, _find_owner(desk, owner_id), zones, _find(desk, owner_id, domain), hops)


def _view(
    desk: Desk, owner: Owner, zones: tuple[Zone, ...], delegation: Delegation, hops: tuple[Hop, ...] = ()
) -> DelegationView:
    served = () if delegation.deleted_at else served_zones(zones, owner)
    records = wanted_delegation(delegation, zones, served, desk.settings).records if served else ()
    problem = left_over(delegation) if delegation.deleted_at else delegation.problem
    return DelegationView(delegation, state_of(delegation), problem, records, hops)
