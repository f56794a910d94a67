"""Say what a request for a certificate would come to, before it is made."""

from dataclasses import dataclass

from certwright.domain.certificate import Desired
from certwright.domain.records import Record
from certwright.flows.create_certificate import CertificateRequest, draft_certificate
from certwright.flows.ownership_proofs import wanted_proofs
from certwright.flows.wanted_records import served_zones, wanted_records
from certwright.flows.world import Desk


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would happen: `records` are those known already, `undecided` the identifiers whose target is drawn then.

    `zone` is the origin that DNS-01 names are delegated to, empty where a new one would be set up under `domain`.
    """

    desired: Desired
    records: tuple[Record, ...]
    undecided: tuple[str, ...]
    zone: str
    domain: str


def explain_request(desk: Desk, request: CertificateRequest) -> Explanation:
    """Draft a certificate and list what it needs; writes nothing. Raises as `create_certificate` does."""
    owner, desired = draft_certificate(desk, request)
    wanted = wanted_records(desk.registry, desk.settings, desired, owner)
    known = {item.identifier for item in wanted.delegations}
    served = served_zones(desk.registry.zones.list_all(), owner)
    first = desired.dns_identifiers[0] if desired.dns_identifiers else ""
    return Explanation(
        desired=desired,
        records=(*wanted_proofs(desk.registry, desired, owner), *wanted.records),
        undecided=tuple(item for item in desired.dns_identifiers if item not in known),
        zone=served[0].origin if served else "",
        domain=(desk.suffixes.registrable(first) or first) if first else "",
    )
