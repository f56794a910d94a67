"""Which records must prove whose an HTTP-01 name is."""

from certwright.domain.certificate import Desired
from certwright.domain.owner import Owner, is_granted_by_name
from certwright.domain.records import Record
from certwright.flows.world import Registry

PROOF_LABEL = "_certwright"


def wanted_proofs(registry: Registry, desired: Desired, owner: Owner) -> tuple[Record, ...]:
    """List the TXT records that HTTP-01 names need where several owners share a deployment.

    HTTP-01 proves only that a name points at this deployment. A pattern that grants the name, and not just everything,
    is proof too.
    """
    names = [name for name in desired.http_names if not is_granted_by_name(owner, name)]
    if not names or len([other for other in registry.owners.list_all() if other.is_active]) < 2:
        return ()
    return tuple(Record("TXT", f"{PROOF_LABEL}.{name}", owner.token) for name in names)
