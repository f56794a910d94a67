"""Have a certificate looked at now."""

from certwright.domain.access import Caller
from certwright.flows.hasten import hasten
from certwright.flows.read_certificate import find_certificate
from certwright.flows.world import Desk


def check_now(desk: Desk, caller: Caller, certificate_id: str) -> None:
    """Make every observation of a certificate stale and have a worker look; raises `NotFound`."""
    _wake(desk, caller, certificate_id, is_deleted=False)


def delete_certificate(desk: Desk, caller: Caller, certificate_id: str) -> None:
    """Ask for deletion; a worker withdraws its answers and deletes what is stored. Raises `NotFound`."""
    _wake(desk, caller, certificate_id, is_deleted=True)


def _wake(desk: Desk, caller: Caller, certificate_id: str, *, is_deleted: bool) -> None:
    find_certificate(desk, caller, certificate_id)
    desk.certificates.wake(certificate_id, desk.clock.now(), is_deleted=is_deleted)
    hasten(desk.queue, certificate_id)
