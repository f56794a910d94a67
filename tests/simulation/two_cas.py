"""The CA and its staging behind one port: dry runs ask the other one, which knows nothing of the first."""

from collections.abc import Callable
from dataclasses import dataclass

from certwright.domain.ca import CaOffer
from certwright.domain.ca_account import CaDefinition
from certwright.domain.revocation import Reason
from tests.fakes.ca import FakeRegistration
from tests.simulation.ca_account import AccountAtCa
from tests.simulation.scenario import START
from tests.simulation.simulated_ca import SimulatedCa

STAGING, STAGING_DIRECTORY = "staging", "https://staging.test/dir"


@dataclass(frozen=True, slots=True)
class TwoCas:
    """A `Cas` and `CaDirectories` that knows both, by their directories."""

    live: SimulatedCa
    staging: SimulatedCa

    def registration(self, directory: str, account_key: bytes) -> FakeRegistration:
        return self._at(directory).registration(directory, account_key)

    def account(self, directory: str, account_key: bytes, account_url: str) -> AccountAtCa:
        return self._at(directory).account(directory, account_key, account_url)

    def renewal_information(self, directory: str) -> SimulatedCa:
        return self._at(directory)

    def revoke_by_key(self, directory: str, private_key: bytes, chain: bytes, reason: Reason) -> None:
        self._at(directory).revoke_by_key(directory, private_key, chain, reason)

    def describe(self, directory: str) -> CaOffer:
        return self._at(directory).describe(directory)

    def _at(self, directory: str) -> SimulatedCa:
        return self.staging if directory == STAGING_DIRECTORY else self.live


def define_both(create: Callable[[CaDefinition], bool], name: str, directory: str) -> None:
    """Define the deployment's own account, and the one that dry runs are made with."""
    for own, at, staging in ((name, directory, STAGING), (STAGING, STAGING_DIRECTORY, "")):
        create(CaDefinition(own, at, START, is_terms_agreed=True, is_public=False, staging=staging))
