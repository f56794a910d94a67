"""Revocation by key, whose libraries are loaded when somebody asks for it: nearly no request does."""

from certwright.adapters.egress import Egress
from certwright.domain.revocation import Reason
from certwright.ports import Clock


class LateKeyRevoker:
    """Fills in `ports.KeyRevoker`."""

    def __init__(self, egress: Egress, clock: Clock, ca_bundle: str = "") -> None:
        self._egress = egress
        self._clock = clock
        self._ca_bundle = ca_bundle

    def revoke_by_key(self, directory: str, private_key: bytes, chain: bytes, reason: Reason) -> None:
        """Load what signs, and revoke."""
        from certwright.adapters.ca_connections import AcmeCas

        cas = AcmeCas(self._egress, self._clock, self._ca_bundle)
        cas.revoke_by_key(directory, private_key, chain, reason)
