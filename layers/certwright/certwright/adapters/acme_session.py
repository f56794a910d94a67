"""Signed requests in the name of one account, with their nonces (RFC 8555 §6.2, §6.5)."""

import json
from collections.abc import Mapping
from random import SystemRandom

from acme import jws
from josepy.errors import DeserializationError
from josepy.json_util import decode_b64jose, encode_b64jose

from certwright.adapters.acme_document import malformed
from certwright.adapters.acme_network import AcmeNetwork, Reply, check
from certwright.adapters.acme_problem import BAD_NONCE, problem_document, problem_type
from certwright.adapters.acme_signer import Signer, account_signer
from certwright.domain.errors import InvalidRequest

JSON = "application/json"
JOSE = "application/jose+json"

NONCE_PAUSES = (0.0, 0.05, 0.1, *(0.15,) * 9)
"""The longest pause in seconds before each repetition after a badNonce; less than 2 s in all."""

_random = SystemRandom()


class AcmeSession:
    """One account at one CA: signs, sends, and repeats what was refused for its nonce only.

    `account_key` is PEM, P-256, or what signs in its place. `account_url` is empty until the account is registered. A
    session that outlives an invocation drops its nonce with `forget_nonces`; not for more than one thread.
    """

    def __init__(self, network: AcmeNetwork, account_key: bytes | Signer, account_url: str = "") -> None:
        self.network = network
        self.account_url = account_url
        self._signer = account_signer(account_key) if isinstance(account_key, bytes) else account_key
        self._nonce = ""

    def thumbprint(self) -> str:
        """Digest the account key (RFC 7638)."""
        return encode_b64jose(self._signer.key.thumbprint())

    def public_key(self) -> dict[str, object]:
        """Write the public half of the key as a JWK."""
        return dict(self._signer.key.public_key().to_json())

    def forget_nonces(self) -> None:
        """Drop what may have gone stale while the process was frozen."""
        self._nonce = ""

    def read(self, url: str, accept: str = JSON) -> Reply:
        """Read a resource by POST-as-GET (RFC 8555 §6.3); raises as `check` does."""
        return self._post(url, b"", accept=accept, kid=self._kid())

    def post(self, url: str, payload: Mapping[str, object]) -> Reply:
        """Send a payload in the account's name; raises as `check` does."""
        return self._post(url, json.dumps(payload).encode(), accept=JSON, kid=self._kid())

    def post_with_key(self, url: str, payload: Mapping[str, object]) -> Reply:
        """Send a payload signed by the bare key, as newAccount wants it (RFC 8555 §6.2); raises as `check` does."""
        return self._post(url, json.dumps(payload).encode(), accept=JSON, kid=None)

    def _kid(self) -> str:
        if not self.account_url:
            raise InvalidRequest("The CA account is not registered yet; register it first.", field="account_url")
        return self.account_url

    def _post(self, url: str, payload: bytes, *, accept: str, kid: str | None) -> Reply:
        reply = self._post_once(url, payload, accept, kid)
        for pause in NONCE_PAUSES:
            if not _is_bad_nonce(reply):
                break
            if pause:
                self.network.clock.sleep(_random.uniform(0.0, pause))
            reply = self._post_once(url, payload, accept, kid)
        return check(reply)

    def _post_once(self, url: str, payload: bytes, accept: str, kid: str | None) -> Reply:
        nonce = decode_b64jose(self._take_nonce())
        signed = jws.JWS.sign(payload, key=self._signer.key, alg=self._signer.algorithm, nonce=nonce, url=url, kid=kid)
        headers = {"Content-Type": JOSE, "Accept": accept}
        reply = self.network.request("POST", url, body=signed.json_dumps().encode(), headers=headers)
        self._nonce = _usable_nonce(reply)
        return reply

    def _take_nonce(self) -> str:
        nonce, self._nonce = self._nonce, ""
        if nonce:
            return nonce
        reply = check(self.network.request("HEAD", self.network.directory.new_nonce))
        nonce = _usable_nonce(reply)
        if not nonce:
            raise malformed("gave no usable nonce", reply.url)
        return nonce


def _is_bad_nonce(reply: Reply) -> bool:
    document = problem_document(reply.body) if reply.status == 400 else None
    return document is not None and problem_type(document) == BAD_NONCE


def _usable_nonce(reply: Reply) -> str:
    """Ignore a nonce that is not base64url, as RFC 8555 §6.5.1 demands."""
    try:
        is_usable = encode_b64jose(decode_b64jose(reply.nonce)) == reply.nonce
    except DeserializationError:
        return ""
    return reply.nonce if is_usable else ""
