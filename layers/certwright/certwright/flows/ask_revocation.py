"""Take a wish to revoke a version of a certificate."""

from dataclasses import dataclass

from certwright.domain.access import Caller
from certwright.domain.certificate import Work
from certwright.domain.errors import Conflict, InvalidRequest
from certwright.domain.revocation import MOST_REVOCATIONS, Reason, Revocation, default_reissue
from certwright.domain.shared_keys import has_key, may_have_key, versions_of_key
from certwright.flows.hasten import hasten
from certwright.flows.list_visible import list_summaries
from certwright.flows.read_certificate import find_certificate
from certwright.flows.wake_certificate import check_now
from certwright.flows.world import Desk
from certwright.ports import Managed


@dataclass(frozen=True, slots=True)
class RevocationWish:
    """What a caller asks for; version 0 is the current one, `reissues` None is decided by the reason."""

    reason: str = Reason.UNSPECIFIED.value
    version: int = 0
    reissues: bool | None = None


def ask_revocation(desk: Desk, caller: Caller, certificate_id: str, wish: RevocationWish) -> None:
    """Store the wish and have a worker look; the same version again changes nothing.

    After a compromise every version with that key goes, and so does what other certificates of the caller's have it.

    Raises `NotFound`, `InvalidRequest`, and `Conflict` where nothing is issued.
    """
    managed = find_certificate(desk, caller, certificate_id)
    reason = read_reason(wish.reason)
    version = _choose_version(managed.work, wish.version)
    versions: tuple[int, ...] = (version,)
    if reason is Reason.KEY_COMPROMISE:
        versions = versions_of_key(managed.desired, managed.work, version)
    _ask_for_all(desk, managed, versions, wish)
    check_now(desk, caller, certificate_id)
    if reason is Reason.KEY_COMPROMISE and managed.desired.csr_key:
        give_up_key(desk, caller, managed.desired.csr_key, wish.reissues)


def give_up_key(desk: Desk, caller: Caller, public_key: str, reissues: bool | None = None) -> tuple[str, ...]:
    """Note a compromised key for good, and have what the caller's certificates have with it revoked; returns which.

    `public_key` is its digest. What is not issued yet finds the key noted before it is.
    """
    desk.registry.compromised_keys.note(public_key, desk.clock.now())
    owners = tuple(owner for owner in desk.registry.owners.list_all() if caller.may_touch(owner.id))
    found = may_have_key(list_summaries(desk, owners), public_key)
    wish = RevocationWish(Reason.KEY_COMPROMISE, reissues=reissues)
    return tuple(certificate_id for certificate_id in found if _give_up(desk, certificate_id, public_key, wish))


def _give_up(desk: Desk, certificate_id: str, public_key: str, wish: RevocationWish) -> bool:
    managed = desk.certificates.read(certificate_id)
    if managed is None or not has_key(managed.desired, managed.work, public_key):
        return False
    if managed.work.current:
        version = managed.work.current.version
        _ask_for_all(desk, managed, versions_of_key(managed.desired, managed.work, version), wish)
    desk.certificates.wake(certificate_id, desk.clock.now(), is_deleted=False)
    hasten(desk.queue, certificate_id)
    return True


def _ask_for_all(desk: Desk, managed: Managed, versions: tuple[int, ...], wish: RevocationWish) -> None:
    """Store what was not asked yet."""
    reason, asked = read_reason(wish.reason), [item.version for item in managed.desired.revocations]
    new = [version for version in versions if version not in asked]
    if len(asked) + len(new) > MOST_REVOCATIONS:
        raise Conflict(f"{MOST_REVOCATIONS} versions of this certificate were revoked: request another certificate.")
    reissues = default_reissue(reason) if wish.reissues is None else wish.reissues
    for version in new:
        desk.revocations.ask(managed.desired.id, Revocation(version, reason, desk.clock.now(), reissues))


def read_reason(text: str) -> Reason:
    """Read a reason; raises `InvalidRequest`."""
    if text not in Reason:
        raise InvalidRequest(f"Choose a reason of {', '.join(Reason)}.", field="reason", code="revocation-reason")
    return Reason(text)


def _choose_version(work: Work, version: int) -> int:
    if work.current is None:
        raise Conflict("Nothing is issued yet, so there is nothing to revoke.", code="not-issued-yet")
    chosen = version or work.current.version
    if work.find_version(chosen) is None:
        raise InvalidRequest(
            f"Version {chosen} is not stored, or has expired: leave “version” out for the current one.",
            field="version",
            code="version-unknown",
        )
    return chosen
