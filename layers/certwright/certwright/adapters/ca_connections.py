"""Connections to CAs, with what may be kept between invocations: directories and open sockets, never nonces."""

from collections.abc import Callable

from certwright.adapters.acme_account import AcmeRegistration
from certwright.adapters.acme_ca import AcmeCa
from certwright.adapters.acme_network import AcmeNetwork
from certwright.adapters.acme_renewal import AcmeRenewalInformation
from certwright.adapters.acme_revocation import revoke_by_key
from certwright.adapters.acme_session import AcmeSession
from certwright.adapters.acme_signer import Signer, account_signer
from certwright.adapters.egress import Egress
from certwright.domain.revocation import Reason
from certwright.ports import Clock


class AcmeCas:
    """Fills in `ports.Cas` and `ports.KeyRevoker`.

    One network for each directory, one session (with its nonces) for each connection. `load_signer` loads what signs as
    an account key.
    """

    def __init__(
        self,
        egress: Egress,
        clock: Clock,
        ca_bundle: str = "",
        load_signer: Callable[[bytes], Signer] = account_signer,
    ) -> None:
        self._egress = egress
        self._clock = clock
        self._ca_bundle = ca_bundle
        self._load_signer = load_signer
        self._networks: dict[str, AcmeNetwork] = {}

    def registration(self, directory: str, account_key: bytes) -> AcmeRegistration:
        """Connect for registering a key at a directory."""
        session = AcmeSession(self._network(directory), self._load_signer(account_key))
        return AcmeRegistration(session, self._load_signer)

    def account(self, directory: str, account_key: bytes, account_url: str) -> AcmeCa:
        """Connect as a registered account."""
        return AcmeCa(AcmeSession(self._network(directory), self._load_signer(account_key), account_url))

    def renewal_information(self, directory: str) -> AcmeRenewalInformation:
        """Connect for reading renewal information."""
        return AcmeRenewalInformation(self._network(directory))

    def revoke_by_key(self, directory: str, private_key: bytes, chain: bytes, reason: Reason) -> None:
        """Revoke in the name of a certificate's own key."""
        revoke_by_key(self._network(directory), private_key, chain, reason)

    def _network(self, directory: str) -> AcmeNetwork:
        if directory not in self._networks:
            self._networks[directory] = AcmeNetwork(
                directory, egress=self._egress, clock=self._clock, ca_bundle=self._ca_bundle
            )
        return self._networks[directory]
