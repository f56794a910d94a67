"""All CAs behind one port: ACME CAs by their directory URL, and the self-signed test CA."""

from certwright.adapters.ca_connections import AcmeCas
from certwright.adapters.self_signed_ca import SelfSignedCas
from certwright.domain.ca import SELF_SIGNED
from certwright.domain.revocation import Reason
from certwright.ports import AccountRegistration, Ca, RenewalInformation


class EveryCa:
    """Fills in `ports.Cas`."""

    def __init__(self, acme: AcmeCas, self_signed: SelfSignedCas) -> None:
        self._acme = acme
        self._self_signed = self_signed

    def registration(self, directory: str, account_key: bytes) -> AccountRegistration:
        """Connect for registering a key at a directory."""
        return self._at(directory).registration(directory, account_key)

    def account(self, directory: str, account_key: bytes, account_url: str) -> Ca:
        """Connect as a registered account."""
        return self._at(directory).account(directory, account_key, account_url)

    def renewal_information(self, directory: str) -> RenewalInformation:
        """Connect for reading renewal information."""
        return self._at(directory).renewal_information(directory)

    def revoke_by_key(self, directory: str, private_key: bytes, chain: bytes, reason: Reason) -> None:
        """Revoke in the name of a certificate's own key."""
        self._at(directory).revoke_by_key(directory, private_key, chain, reason)

    def _at(self, directory: str) -> AcmeCas | SelfSignedCas:
        return self._self_signed if directory == SELF_SIGNED else self._acme
