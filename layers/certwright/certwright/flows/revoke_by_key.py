"""Revoke a certificate in the name of its own key, whoever had it issued."""

from certwright.domain.access import Caller
from certwright.domain.errors import CaRefusal, InvalidRequest, Unavailable
from certwright.domain.revocation import Reason
from certwright.flows.ask_revocation import give_up_key, read_reason
from certwright.flows.failures import is_transient
from certwright.flows.world import Desk


def revoke_with_key(desk: Desk, caller: Caller, certificate: str, private_key: str, reason: str) -> tuple[str, ...]:
    """Ask the deployment's CA at once; one that is revoked already is fine.

    A compromised key is given up: returns which certificates of the caller's have it, and are issued anew. Raises
    `InvalidRequest` for what does not belong together or is not that CA's, `Unavailable`.
    """
    checked = read_reason(reason)
    try:
        desk.key_revoker.revoke_by_key(desk.ca.directory, private_key.encode(), certificate.encode(), checked)
    except CaRefusal as refusal:
        if is_transient(refusal):
            raise Unavailable(refusal.problem.sentence, retry_after_seconds=refusal.retry_after_seconds) from refusal
        raise InvalidRequest(refusal.problem.sentence, field="certificate", code="revocation-refused") from refusal
    if checked is not Reason.KEY_COMPROMISE:
        return ()
    return give_up_key(desk, caller, desk.signing_requests.key_of_certificate(certificate))
