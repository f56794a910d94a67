"""Take a wish to revoke a version of a certificate."""

from dataclasses import dataclass

from certwright.domain.access import Caller
from certwright.domain.certificate import Work
from certwright.domain.errors import Conflict, InvalidRequest
from certwright.domain.revocation import MOST_REVOCATIONS, Reason, Revocation, default_reissue
from certwright.flows.read_certificate import find_certificate
from certwright.flows.wake_certificate import check_now
from certwright.flows.world import Desk


@dataclass(frozen=True, slots=True)
class RevocationWish:
    """What a caller asks for; version 0 is the current one, `reissues` None is decided by the reason."""

    reason: str = Reason.UNSPECIFIED.value
    version: int = 0
    reissues: bool | None = None


def ask_revocation(desk: Desk, caller: Caller, certificate_id: str, wish: RevocationWish) -> None:
    """Store the wish and have a worker look; the same version again changes nothing.

    Raises `NotFound`, `InvalidRequest`, and `Conflict` where nothing is issued.
    """
    managed = find_certificate(desk, caller, certificate_id)
    reason = read_reason(wish.reason)
    version = _choose_version(managed.work, wish.version)
    asked = managed.desired.revocations
    if all(item.version != version for item in asked):
        if len(asked) >= MOST_REVOCATIONS:
            raise Conflict(
                f"{MOST_REVOCATIONS} versions of this certificate were revoked: request another certificate."
            )
        reissues = default_reissue(reason) if wish.reissues is None else wish.reissues
        desk.revocations.ask(certificate_id, Revocation(version, reason, desk.clock.now(), reissues))
    check_now(desk, caller, certificate_id)


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
