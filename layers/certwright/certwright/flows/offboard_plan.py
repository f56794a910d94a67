"""What offboarding a domain, an owner or the whole deployment takes away."""

import json
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from certwright.domain.access import Caller
from certwright.domain.delegation_watch import State, state_of
from certwright.domain.errors import InvalidRequest, NotFound
from certwright.domain.identifier import identifier, parse_name
from certwright.domain.order import ChallengeType
from certwright.domain.owner import Delegation, Owner, Token, Zone
from certwright.domain.records import Record
from certwright.domain.renewal import DAY
from certwright.domain.shown import Summary
from certwright.flows.ca_accounts import AccountView, list_accounts
from certwright.flows.list_visible import list_summaries
from certwright.flows.wanted_records import served_zones, wanted_zone
from certwright.flows.world import Desk

RETAINED = (
    ("AddressA", "a fixed address: release it last, when nothing points at it any more"),
    ("AddressB", "a fixed address: release it last, when nothing points at it any more"),
    ("DataKey", "the key that encrypts tables and objects"),
    ("CertificatesTable", "the history of certificates, for 400 days"),
    ("RegistryTable", "owners, tombstones of delegations, CA accounts"),
    ("AnswersTable", "nothing that is served any more"),
    ("NodesTable", "nothing"),
    ("CertificatesBucket", "old versions of keys and certificates, for 90 days"),
    ("AdminTokenSecret", "the first admin token's secret"),
    ("CertificatesBucketPolicy", "the bucket's policy"),
)
"""What stays in AWS when the stack is deleted."""


class Scope(StrEnum):
    """How much is to go."""

    DOMAIN = "domain"
    OWNER = "owner"
    DEPLOYMENT = "deployment"


@dataclass(frozen=True, slots=True)
class OffboardWish:
    """What is to go: a domain of an owner with all below it, an owner, or everything.

    `revokes` has current versions revoked first, `deactivates` gives the accounts at CAs up in the end.
    """

    scope: Scope
    owner: str = ""
    domain: str = ""
    revokes: bool = False
    deactivates: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is still there of it; `kept` are sentences on what stays and why.

    `records` are those that users may have added and should remove in the end, `left_over` those of deleted delegations
    that a look found still standing. `retained` are resources of AWS.
    """

    certificates: tuple[Summary, ...]
    delegations: tuple[Delegation, ...]
    zones: tuple[Zone, ...]
    kept: tuple[str, ...]
    owners: tuple[Owner, ...]
    tokens: tuple[Token, ...]
    accounts: tuple[str, ...]
    records: tuple[Record, ...]
    left_over: tuple[Record, ...]
    retained: tuple[tuple[str, str], ...]
    confirmation: str

    @property
    def created(self) -> tuple[int, ...]:
        """When each thing was made that goes."""
        return (
            *(item.created_at for item in self.certificates),
            *(item.created_at for item in self.delegations),
            *(item.created_at for item in self.zones),
            *(item.created_at for item in self.owners),
            *(item.created_at for item in self.tokens),
        )

    @property
    def is_done(self) -> bool:
        """Tell whether nothing is left to do."""
        return not (self.certificates or self.delegations or self.zones or self.owners or self.tokens or self.accounts)


def read_wish(desk: Desk, wish: OffboardWish) -> OffboardWish:
    """Check that a wish names what is there; raises `InvalidRequest`, `NotFound`."""
    if wish.scope is not Scope.DEPLOYMENT and desk.registry.owners.read(wish.owner) is None:
        raise NotFound(f"There is no owner {wish.owner[:64]}: check the field “owner”.", code="owner-not-found")
    if (wish.scope is Scope.DOMAIN) != bool(wish.domain):
        raise InvalidRequest("Give “domain” with the scope domain, and with no other.", field="domain")
    if wish.deactivates and wish.scope is not Scope.DEPLOYMENT:
        raise InvalidRequest(
            "Accounts at CAs are the deployment's: deactivate them with that scope only.", field="deactivate_cas"
        )
    domain = parse_name(wish.domain, "domain") if wish.domain else ""
    return OffboardWish(wish.scope, wish.owner, domain, wish.revokes, wish.deactivates)


def plan_offboarding(desk: Desk, caller: Caller, wish: OffboardWish) -> Plan:
    """Look at all that is there of it; nothing is changed."""
    # Long, but one line for each field.
    now = desk.clock.now()
    owners = tuple(
        owner for owner in desk.registry.owners.list_all() if wish.scope is Scope.DEPLOYMENT or owner.id == wish.owner
    )
    is_whole = wish.scope is not Scope.DOMAIN
    certificates = tuple(
        item for item in list_summaries(desk, owners) if is_whole or _concerns(desk, item, wish.domain)
    )
    known = tuple(item for owner in owners for item in desk.registry.delegations.list_of(owner.id))
    mine = tuple(item for item in known if is_whole or _lies_in(item.domain, wish.domain))
    zones, kept = _zones(desk, owners, wish, known)
    ids = {owner.id for owner in owners}
    tokens = tuple(item for item in desk.tokens.list_all() if item.owner in ids and item.id != caller.token_id)
    return Plan(
        certificates=certificates,
        delegations=tuple(item for item in mine if not item.deleted_at),
        zones=zones,
        kept=kept,
        owners=tuple(owner for owner in owners if owner.is_active) if is_whole else (),
        tokens=tokens if is_whole else (),
        accounts=_accounts(desk) if wish.deactivates else (),
        records=_records(desk, owners, mine, zones, certificates),
        left_over=tuple(
            Record("CNAME", item.validation_name, item.target) for item in mine if state_of(item) is State.LEFT_OVER
        ),
        retained=RETAINED if wish.scope is Scope.DEPLOYMENT else (),
        confirmation=confirm(wish, now),
    )


def confirm(wish: OffboardWish, looked_at: int) -> str:
    """Write what stands for a wish and the instant of the look that was taken at it (epoch milliseconds)."""
    parts = [wish.scope.value, wish.owner, wish.domain, wish.revokes, wish.deactivates]
    return f"{looked_at}.{sha256(json.dumps(parts).encode()).hexdigest()[:16]}"


def is_confirmed(plan: Plan, wish: OffboardWish, confirmation: str, now: int) -> bool:
    """Tell whether this wish was looked at within a day, and nothing has come since that the look did not show."""
    text = confirmation.partition(".")[0]
    looked_at = int(text) if text.isascii() and text.isdigit() else 0
    return (
        confirmation == confirm(wish, looked_at)
        and now - DAY <= looked_at <= now
        and all(created_at <= looked_at for created_at in plan.created)
    )


def _lies_in(name: str, domain: str) -> bool:
    return identifier(name) == domain or name.endswith(f".{domain}")


def _concerns(desk: Desk, item: Summary, domain: str) -> bool:
    return any(_lies_in(name, domain) for name in _names(desk, item))


def _names(desk: Desk, item: Summary) -> tuple[str, ...]:
    """Take the names from the list, and from the certificate itself where the list has not all of them."""
    if item.names_total <= len(item.names):
        return item.names
    managed = desk.certificates.read(item.id)
    return managed.desired.names if managed else item.names


def _zones(
    desk: Desk, owners: tuple[Owner, ...], wish: OffboardWish, known: tuple[Delegation, ...]
) -> tuple[tuple[Zone, ...], tuple[str, ...]]:
    """Pick the zones that can go, and say of the others why they stay."""
    ids = {owner.id for owner in owners}
    others = any(owner.is_active for owner in desk.registry.owners.list_all() if owner.id not in ids)
    gone: list[Zone] = []
    kept: list[str] = []
    for zone in desk.registry.zones.list_all():
        if zone.owner not in ids or (wish.domain and not _lies_in(zone.origin, wish.domain)):
            continue
        if zone.is_shared and others:
            kept.append(f"The zone {zone.origin} is shared with other owners: stop sharing it first to have it go.")
        elif wish.domain and any(_needs(item, zone, wish.domain) for item in known):
            kept.append(f"The zone {zone.origin} answers for other domains of the owner: it stays, with its records.")
        else:
            gone.append(zone)
    return tuple(gone), tuple(kept)


def _needs(delegation: Delegation, zone: Zone, domain: str) -> bool:
    is_other = not delegation.deleted_at and not _lies_in(delegation.domain, domain)
    return is_other and delegation.target in ("", delegation.fulldomain(zone.origin))


def _accounts(desk: Desk) -> tuple[str, ...]:
    """Name the accounts that are still to be given up, or whose CA has not been told yet."""
    return tuple(view.definition.name for view in list_accounts(desk) if not _is_given_up(view))


def _is_given_up(view: AccountView) -> bool:
    stands = view.standing
    is_told = stands is not None and (stands.settled >= view.definition.changes or not stands.url)
    return view.definition.is_deactivated and is_told


def _records(
    desk: Desk,
    owners: tuple[Owner, ...],
    delegations: tuple[Delegation, ...],
    gone: tuple[Zone, ...],
    certificates: tuple[Summary, ...],
) -> tuple[Record, ...]:
    """List what users were told to add, as far as it is known where it leads."""
    zones, by_id = desk.registry.zones.list_all(), {owner.id: owner for owner in owners}
    found: list[Record] = []
    for item in delegations:
        served = served_zones(zones, by_id[item.owner])
        target = item.target or (item.fulldomain(served[0].origin) if served else "")
        if target and not item.deleted_at:
            found.append(Record("CNAME", item.validation_name, target))
    for zone in gone:
        found += reversed(wanted_zone(zone, desk.settings).records)
    for certificate in certificates:
        if ChallengeType.HTTP_01.value in certificate.challenge:
            names = _names(desk, certificate)
            found += [Record("A", name, address) for name in names for address in desk.settings.node_addresses]
    return tuple(dict.fromkeys(found))
