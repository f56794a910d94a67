"""Hand out a certificate with its private key."""

from certwright import ports
from certwright.domain.access import Caller
from certwright.domain.certificate import Current
from certwright.domain.errors import Conflict, NotFound

_NOT_ISSUED = "This certificate is not issued yet: look at its state for what is missing."


def find_current(certificates: ports.Certificates, caller: Caller, certificate_id: str) -> Current:
    """Find what is known of the current version; raises `NotFound`, `Conflict` while nothing is issued."""
    managed = certificates.read(certificate_id)
    if managed is None or managed.desired.is_deleted or not caller.may_touch(managed.desired.owner):
        raise NotFound(f"There is no certificate {certificate_id} of yours: check the id.")
    if managed.work.current is None:
        raise Conflict(_NOT_ISSUED, code="not-issued-yet")
    return managed.work.current


def read_bundle(
    certificates: ports.Certificates, versions: ports.Versions, caller: Caller, certificate_id: str
) -> bytes:
    """Read key and chain of the current version as PEM; raises `NotFound`, `Conflict` while nothing is issued."""
    find_current(certificates, caller, certificate_id)
    bundle = versions.read_bundle(certificate_id)
    if bundle is None:
        raise Conflict(_NOT_ISSUED, code="not-issued-yet")
    return bundle
