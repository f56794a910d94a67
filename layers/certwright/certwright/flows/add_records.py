"""Add the records that a certificate lacks, at a DNS provider that its user opens to us for this.

Nothing that stands is changed. Each record has an outcome of its own, and asking again is safe.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from certwright.domain.access import Caller
from certwright.domain.errors import Conflict, NotAllowed, Unavailable
from certwright.domain.owner import Owner, is_granted_by_name
from certwright.domain.record_sets import (
    Addition,
    HostedZone,
    Outcome,
    RecordSet,
    in_the_way,
    is_whole_zone,
    record_sets,
)
from certwright.domain.record_states import lacking
from certwright.domain.renewal import SECOND
from certwright.flows.read_certificate import find_certificate, read_certificate
from certwright.flows.wake_certificate import check_now
from certwright.flows.world import Desk
from certwright.ports import DnsProvider

TAKES_AT_MOST = 12 * SECOND
"""What is not begun by then is left for the next time: whoever asks waits for the answer."""
_PROVING = ("_acme-challenge.", "_certwright.")


@dataclass(frozen=True, slots=True)
class _Adding:
    """One round of adding; `owner` is whose patterns must name each record, None where none need."""

    provider: DnsProvider
    desk: Desk
    ends_at: int
    owner: Owner | None


def add_by_route53(desk: Desk, caller: Caller, certificate_id: str) -> tuple[Addition, ...]:
    """Add what a certificate lacks to the hosted zones that an operator named; raises `NotFound`, `NotAllowed`.

    The zones are the deployment's, not the caller's. Where several owners share it, records are added only for names
    that a pattern of the owner names, or by operators: a record that we add for everybody proves nothing.
    """
    return _add_lacking(desk, caller, certificate_id, desk.providers.route53(), _held_to(desk, caller, certificate_id))


def add_by_cloudflare(desk: Desk, caller: Caller, certificate_id: str, token: str) -> tuple[Addition, ...]:
    """Add what a certificate lacks to the zones that a token opens, which is used for this and not kept.

    Raises `NotFound`, and `InvalidRequest` for a token that Cloudflare refuses.
    """
    return _add_lacking(desk, caller, certificate_id, desk.providers.cloudflare(token), None)


def _held_to(desk: Desk, caller: Caller, certificate_id: str) -> Owner | None:
    """Find the owner whose patterns must name what is added; None where no pattern need."""
    owner = desk.registry.owners.read(find_certificate(desk, caller, certificate_id).desired.owner)
    if owner is None or not owner.is_active:
        raise NotAllowed("The certificate's owner is not active: have an operator activate it.", code="owner-inactive")
    is_alone = sum(other.is_active for other in desk.registry.owners.list_all()) < 2
    return None if caller.sees_all_owners or is_alone else owner


def _add_lacking(
    desk: Desk, caller: Caller, certificate_id: str, provider: DnsProvider, owner: Owner | None
) -> tuple[Addition, ...]:
    view = read_certificate(desk, caller, certificate_id)
    adding = _Adding(provider, desk, desk.clock.now() + TAKES_AT_MOST, owner)
    wanted = record_sets(lacking(view.records, view.work.checks))
    additions = tuple(addition for item in wanted for addition in _add_set(adding, item))
    if additions:
        check_now(desk, caller, certificate_id)
    return additions


def _add_set(adding: _Adding, wanted: RecordSet) -> tuple[Addition, ...]:
    if adding.owner and not _is_named(adding.owner, wanted.name):
        sentence = "No pattern of the owner names it: have an operator add it, or grant it by name."
        return _all(wanted, Outcome.NOT_GRANTED, sentence)
    if adding.desk.clock.now() >= adding.ends_at:
        return _all(wanted, Outcome.FAILED, "There was no time left for it: ask again.")
    try:
        zone = adding.provider.find_zone(wanted.name)
        if zone is None:
            return _all(wanted, Outcome.NO_ZONE, "None of the zones that may be written to holds this name.")
        return _add_to(adding.provider, zone, wanted)
    except (NotAllowed, Unavailable) as error:
        return _all(wanted, Outcome.FAILED, error.sentence)


def _add_to(provider: DnsProvider, zone: HostedZone, wanted: RecordSet) -> tuple[Addition, ...]:
    """Compare with what stands, and create what is missing."""
    if is_whole_zone(wanted, zone):
        return _all(wanted, Outcome.CONFLICT, f"It would hand over all of {zone.name}: choose a sub-domain.")
    standing = provider.list_records(zone, wanted.name)
    obstacles = in_the_way(wanted, zone, standing)
    if obstacles:
        found = tuple(f"{record.type} {record.value}" for record in obstacles)
        sentence = f"Something else stands at {wanted.name}, and is left as it is: remove it, or choose another way."
        return _all(wanted, Outcome.CONFLICT, sentence, found)
    missing = tuple(record.value for record in wanted.records if record not in standing)
    there = RecordSet(wanted.type, wanted.name, tuple(value for value in wanted.values if value not in missing))
    parts = [missing] if provider.adds_whole_sets and missing else [(value,) for value in missing]
    created = [_create(provider, zone, RecordSet(wanted.type, wanted.name, part)) for part in parts]
    return (*_all(there, Outcome.STANDS, "It stands already."), *(item for part in created for item in part))


def _create(provider: DnsProvider, zone: HostedZone, wanted: RecordSet) -> tuple[Addition, ...]:
    try:
        provider.create(zone, wanted)
    except Conflict as error:
        return _all(wanted, Outcome.CONFLICT, error.sentence)
    except (NotAllowed, Unavailable) as error:
        return _all(wanted, Outcome.FAILED, error.sentence)
    return _all(wanted, Outcome.ADDED, f"It was added to {zone.name}.")


def _is_named(owner: Owner, name: str) -> bool:
    """Tell whether a pattern that says more than “everything” grants what a record stands for.

    A record that proves a name proves all below it too: a wildcard that merely covers the name is not enough for it.
    """
    label = next((label for label in _PROVING if name.startswith(label)), "")
    about = name.removeprefix(label)
    wildcard = f"*.{about}" if label else f"*.{about.partition('.')[2]}"
    return is_granted_by_name(owner, about) or is_granted_by_name(owner, wildcard)


def _all(wanted: RecordSet, outcome: Outcome, sentence: str, found: Sequence[str] = ()) -> tuple[Addition, ...]:
    return tuple(Addition(record, outcome, sentence, tuple(found)) for record in wanted.records)


def counts(additions: Sequence[Addition]) -> dict[str, int]:
    """Count the outcomes, for a log that names no record."""
    return {str(outcome): sum(item.outcome is outcome for item in additions) for outcome in Outcome}
