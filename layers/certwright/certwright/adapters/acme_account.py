"""Accounts at a CA (RFC 8555 §7.3)."""

from certwright.adapters.acme_document import malformed
from certwright.adapters.acme_session import AcmeSession
from certwright.adapters.keys import PemKeys


class AcmeRegistration:
    """Fills in `ports.Registration`; afterwards the session speaks for the account."""

    def __init__(self, session: AcmeSession) -> None:
        self._session = session

    def register(self, contact: str, terms_agreed: bool) -> str:
        """Register the key, or find its account; `contact` is an e-mail address or a contact URL, or empty."""
        payload: dict[str, object] = {"termsOfServiceAgreed": terms_agreed}
        if contact:
            payload["contact"] = [contact if ":" in contact else f"mailto:{contact}"]
        reply = self._session.post_with_key(self._session.network.directory.new_account, payload)
        url = reply.headers.get("Location", "")
        if not url:
            raise malformed("gave no URL for the account", reply.url)
        self._session.account_url = url
        return url

    def thumbprint(self) -> str:
        """Digest the account key (RFC 7638)."""
        return self._session.thumbprint()


def new_account_key() -> bytes:
    """Make an account key: P-256, PEM (PKCS #8)."""
    return PemKeys().generate("ec-p256")
