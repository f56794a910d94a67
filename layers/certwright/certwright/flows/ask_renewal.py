"""Take a wish to renew a certificate ahead of its time."""

from dataclasses import replace

from certwright.domain.access import Caller
from certwright.domain.asked_renewal import RENEWAL_REQUESTED, AskedRenewal
from certwright.domain.certificate import Desired, Event, Work
from certwright.domain.errors import Conflict, InvalidRequest, StaleRevision
from certwright.domain.shown import is_renewal_asked, status
from certwright.flows.hasten import hasten
from certwright.flows.read_certificate import find_certificate
from certwright.flows.world import Desk
from certwright.ports import Managed

TRIES = 4


def ask_renewal(desk: Desk, caller: Caller, certificate_id: str, *, has_new_key: bool = False) -> None:
    """Store the wish and have a worker look; what is asked for already is not asked for twice.

    The current version stays until the newer one is stored. An attempt that is under way meets the wish, unless it uses
    the key again that is not wanted any more: then another one follows.

    Raises `NotFound`, `InvalidRequest` for a key that is not ours to change, and `Conflict` where nothing is issued.
    """
    for _ in range(TRIES):
        managed = find_certificate(desk, caller, certificate_id)
        wish = _read_wish(managed, desk.clock.now(), has_new_key=has_new_key)
        try:
            if wish:
                desk.renewals.ask(certificate_id, wish, _event(managed, wish), managed.desired.renewal)
            else:
                desk.certificates.wake(certificate_id, desk.clock.now(), is_deleted=False)
        except StaleRevision:
            continue
        hasten(desk.queue, certificate_id)
        return
    raise Conflict("Others ask for a renewal of this certificate right now: look at it, then ask again.")


def _read_wish(managed: Managed, now: int, *, has_new_key: bool) -> AskedRenewal | None:
    """Tell what is to be stored, None where that stands already."""
    desired, work = managed.desired, managed.work
    _refuse_what_cannot_be(desired, work, has_new_key=has_new_key)
    current, asked = work.current, desired.renewal
    unwanted = current.public_key if current and has_new_key else ""
    is_open = is_renewal_asked(desired, work)
    if asked and is_open and (not unwanted or asked.unwanted_key == unwanted):
        return None
    wish = AskedRenewal(current.version if current else 0, now, unwanted)
    if asked and is_open:
        wish = replace(wish, unwanted_account=asked.unwanted_account, moved_from=asked.moved_from)
    return wish


def _refuse_what_cannot_be(desired: Desired, work: Work, *, has_new_key: bool) -> None:
    if desired.is_deleted:
        raise Conflict("The certificate is being deleted: request another.", code="deleted")
    if work.current is None:
        raise Conflict(
            "Nothing is issued yet, so there is nothing to renew; its problem says what is missing.",
            code="not-issued-yet",
        )
    if has_new_key and desired.csr:
        raise InvalidRequest(
            "The key is the CSR's, which we don't have: request a certificate with a CSR of another key.",
            field="new_key",
            code="csr-and-key",
        )


def _event(managed: Managed, wish: AskedRenewal) -> Event:
    key = " with a new key" if wish.unwanted_key else ""
    state = status(managed.desired, managed.work, wish.asked_at).state
    return Event(
        wish.asked_at, state, RENEWAL_REQUESTED, f"A renewal{key} was asked for.", managed.desired.correlation_id
    )
