"""Accounts at a CA (RFC 8555 §7.3)."""

import hmac
import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping

from acme import jws
from josepy.json_util import encode_b64jose

from certwright.adapters.acme_document import malformed
from certwright.adapters.acme_network import Reply
from certwright.adapters.acme_session import AcmeSession
from certwright.adapters.acme_signer import Signer, account_signer
from certwright.adapters.keys import PemKeys
from certwright.domain.errors import CaRefusal, InvalidRequest
from certwright.ports import ExternalAccount


class AcmeRegistration:
    """Fills in `ports.AccountRegistration`; afterwards the session speaks for the account."""

    def __init__(self, session: AcmeSession, load_signer: Callable[[bytes], Signer] = account_signer) -> None:
        self._session = session
        self._load_signer = load_signer

    def register(self, contact: str, terms_agreed: bool, external: ExternalAccount | None = None) -> str:
        """Register the key, or find its account; `contact` is an e-mail address or a contact URL, or empty."""
        url = self._session.network.directory.new_account
        payload: dict[str, object] = {"termsOfServiceAgreed": terms_agreed}
        if contact:
            payload["contact"] = _contacts(contact)
        if external:
            payload["externalAccountBinding"] = bind(external, self._session.public_key(), url)
        self._session.account_url = self._account_of(self._session.post_with_key(url, payload))
        return self._session.account_url

    def find(self) -> str:
        """Ask for the account without making one."""
        directory = self._session.network.directory
        try:
            reply = self._session.post_with_key(directory.new_account, {"onlyReturnExisting": True})
        except CaRefusal as refusal:
            if refusal.type == "accountDoesNotExist":
                return ""
            raise
        return self._account_of(reply)

    def change_contact(self, url: str, contact: str) -> None:
        """Update the account."""
        self._session.account_url = url
        self._session.post(url, {"contact": _contacts(contact)})

    def change_key(self, url: str, new_key: bytes) -> None:
        """Sign the change by the new key, and that by the old one."""
        self._session.account_url = url
        key_change = self._session.network.directory.key_change
        if not key_change:
            raise CaRefusal(
                "It offers no change of account keys; define another account instead.", type="notSupported", status=404
            )
        signer = self._load_signer(new_key)
        change = json.dumps({"account": url, "oldKey": self._session.public_key()}).encode()
        inner = jws.JWS.sign(change, key=signer.key, alg=signer.algorithm, nonce=None, url=key_change, kid=None)
        self._session.post(key_change, json.loads(inner.json_dumps()))

    def deactivate(self, url: str) -> None:
        """Update the account's status."""
        self._session.account_url = url
        try:
            self._session.post(url, {"status": "deactivated"})
        except CaRefusal as refusal:
            if refusal.type != "unauthorized" or self._is_active(url):
                raise

    def _is_active(self, url: str) -> bool:
        """Tell whether the CA still answers for the account (RFC 8555 §7.3.6)."""
        try:
            self._session.read(url)
        except CaRefusal as refusal:
            return refusal.type != "unauthorized"
        return True

    def _account_of(self, reply: Reply) -> str:
        url = reply.headers.get("Location", "")
        if not url:
            raise malformed("gave no URL for the account", reply.url)
        return url

    def thumbprint(self) -> str:
        """Digest the account key (RFC 7638)."""
        return self._session.thumbprint()


def bind(external: ExternalAccount, public_key: Mapping[str, object], url: str) -> dict[str, str]:
    """Sign the account's public key by the operator's HMAC key (RFC 8555 §7.3.4, HS256)."""
    try:
        secret = urlsafe_b64decode(external.hmac_key.strip() + "=" * (-len(external.hmac_key.strip()) % 4))
    except ValueError as error:
        raise InvalidRequest("The HMAC key is not base64url.", field="eab_hmac", code="eab-needed") from error
    protected = encode_b64jose(json.dumps({"alg": "HS256", "kid": external.kid, "url": url}).encode())
    payload = encode_b64jose(json.dumps(public_key).encode())
    signature = hmac.digest(secret, f"{protected}.{payload}".encode(), "sha256")
    return {"protected": protected, "payload": payload, "signature": encode_b64jose(signature)}


def _contacts(contact: str) -> list[str]:
    return [contact if ":" in contact else f"mailto:{contact}"] if contact else []


def new_account_key() -> bytes:
    """Make an account key: P-256, PEM (PKCS #8)."""
    return PemKeys().generate("ec-p256")
