"""Read a certificate as its owner sees it: state, records, and what was done."""

from dataclasses import dataclass

from certwright.domain.access import Caller
from certwright.domain.certificate import ClosedAttempt, Desired, Event, Work
from certwright.domain.errors import NotFound
from certwright.domain.owner import Owner
from certwright.domain.records import Record
from certwright.domain.shown import Status, status
from certwright.flows.ownership_proofs import wanted_proofs
from certwright.flows.wanted_records import wanted_records
from certwright.flows.world import Desk
from certwright.ports import Managed, Page

EVENTS_SHOWN = 100
ATTEMPTS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate with its derived state and the records it needs."""

    desired: Desired
    work: Work
    status: Status
    records: tuple[Record, ...]


def read_certificate(desk: Desk, caller: Caller, certificate_id: str) -> CertificateView:
    """Read one certificate; raises `NotFound`, also for one that is not the caller's to see."""
    return describe(desk, find_certificate(desk, caller, certificate_id))


def find_certificate(desk: Desk, caller: Caller, certificate_id: str) -> Managed:
    """Read what is stored of a certificate; raises `NotFound`, also for one that is not the caller's to see."""
    managed = desk.certificates.read(certificate_id)
    if managed is None or not caller.may_touch(managed.desired.owner):
        raise NotFound(f"There is no certificate {certificate_id} of yours: check the id.")
    return managed


def describe(desk: Desk, managed: Managed) -> CertificateView:
    """Derive what is shown of a certificate; reading never writes."""
    desired, work = managed.desired, managed.work
    owner = desk.registry.owners.read(desired.owner)
    records = _records(desk, desired, owner) if owner else ()
    return CertificateView(desired, work, status(desired, work, desk.clock.now()), records)


def _records(desk: Desk, desired: Desired, owner: Owner) -> tuple[Record, ...]:
    """List the records in the order they are looked for."""
    wanted = wanted_records(desk.registry, desk.settings, desired, owner)
    return (*wanted_proofs(desk.registry, desired, owner), *wanted.records)


def list_certificates(desk: Desk, owner: str, cursor: str, limit: int) -> Page:
    """List an owner's certificates, newest first."""
    return desk.certificates.list_summaries(owner, cursor, limit)


def list_events(desk: Desk, caller: Caller, certificate_id: str) -> tuple[Event, ...]:
    """Read what happened to a certificate, newest first; raises `NotFound`."""
    find_certificate(desk, caller, certificate_id)
    return desk.certificates.list_events(certificate_id, EVENTS_SHOWN)


def list_attempts(desk: Desk, caller: Caller, certificate_id: str) -> tuple[ClosedAttempt, ...]:
    """Read what was tried for a certificate and is over, newest first; raises `NotFound`."""
    find_certificate(desk, caller, certificate_id)
    return desk.attempts.list_closed(certificate_id, ATTEMPTS_SHOWN)
