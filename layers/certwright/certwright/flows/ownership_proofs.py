"""Which records must prove whose an HTTP-01 name is."""

from certwright.domain.certificate import Desired
from certwright.domain.identifier import read_address
from certwright.domain.owner import Owner, is_granted_by_name
from certwright.domain.records import Record
from certwright.flows.world import Registry

PROOF_LABEL = "_certwright"


def wanted_proofs(registry: Registry, desired: Desired, owner: Owner) -> tuple[Record, ...]:
    """List the TXT records that HTTP-01 names need where several owners share a deployment.

    HTTP-01 proves only that a name points at this deployment. A pattern that grants the name, and not just everything,
    is proof too.
    """
    names = [name for name in unproven_names(registry, desired, owner) if not read_address(name)]
    return tuple(Record("TXT", f"{PROOF_LABEL}.{name}", owner.token) for name in names)


def unproven_names(registry: Registry, desired: Desired, owner: Owner) -> tuple[str, ...]:
    """List the HTTP-01 names of which nothing here says whose they are; an IP address can't have a TXT record."""
    names = tuple(name for name in desired.http_names if not is_granted_by_name(owner, name))
    if not names or len([other for other in registry.owners.list_all() if other.is_active]) < 2:
        return ()
    return names
