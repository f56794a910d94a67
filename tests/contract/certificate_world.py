"""The ports that share the certificates table."""

from dataclasses import dataclass

from certwright.ports import Attempts, Certificates, Holds, Jobs, Managed, Overview, Renewals, Revocations
from tests.contract.samples import LEASE, NOW, event, managed


@dataclass(frozen=True, slots=True)
class World:
    """The ports, and short ways to what most tests begin with."""

    certificates: Certificates
    jobs: Jobs
    holds: Holds
    overview: Overview
    revocations: Revocations
    renewals: Renewals
    attempts: Attempts

    def store(self, certificate_id: str = "crt_1", *, owner: str = "own_a", due_at: int = NOW) -> Managed:
        """Create a certificate that is due."""
        new = managed(certificate_id, owner=owner, due_at=due_at)
        self.certificates.create(new, event(due_at), None)
        return new

    def claim(self, certificate_id: str = "crt_1", now: int = NOW, worker: str = "worker-1") -> Managed:
        """Claim what can be claimed."""
        claimed = self.jobs.claim(certificate_id, worker, now, now + LEASE)
        assert isinstance(claimed, Managed)
        return claimed

    def read(self, certificate_id: str = "crt_1") -> Managed:
        """Read what is there."""
        stored = self.certificates.read(certificate_id)
        assert stored
        return stored
