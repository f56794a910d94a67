"""Orders at a CA, one request at a time, never waiting (RFC 8555 §7.4, §7.5)."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from josepy.json_util import encode_b64jose

from certwright.adapters.acme_document import malformed, text
from certwright.adapters.acme_network import Reply
from certwright.adapters.acme_order import explain, read_authorization, read_order
from certwright.adapters.acme_revocation import revoke
from certwright.adapters.acme_session import AcmeSession
from certwright.domain.errors import CaRefusal, InvalidRequest
from certwright.domain.identifier import read_address
from certwright.domain.order import Authorization, Order, Status
from certwright.domain.revocation import Reason

LEAST_RETRY_SECONDS = 1.0
MOST_RETRY_SECONDS = 300.0
EXPLAINING_MILLISECONDS = 10_000
"""How long authorizations are read to tell why an order is invalid."""

MOST_ALTERNATES = 8

CHAIN = "application/pem-certificate-chain"
CHAIN_PATTERN = re.compile(rb"\s*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+", re.ASCII)


class AcmeCa:
    """Fills in `ports.Ca` for one account."""

    def __init__(self, session: AcmeSession) -> None:
        self._session = session

    def place_order(self, names: Sequence[str], profile: str, replaces: str) -> Order:
        """Place an order; the CA may answer with one that is already there, even ready.

        `replaces` is left out where the CA does not offer renewal information (RFC 9773 §5).
        """
        directory = self._session.network.directory
        payload: dict[str, object] = {"identifiers": [_identifier(name) for name in names]}
        if profile:
            payload["profile"] = profile
        if replaces and directory.renewal_info:
            payload["replaces"] = replaces
        reply = self._session.post(directory.new_order, payload)
        url = reply.headers.get("Location", "")
        if not url:
            raise malformed("gave no URL for the order", reply.url)
        return _order(reply, url)

    def fetch_order(self, url: str) -> Order:
        """Read an order; a `CaRefusal` with status 404 means that it is gone at the CA."""
        with _saying_what_is_gone():
            order = _order(self._session.read(url), url)
        return self._explained(order) if order.status is Status.INVALID else order

    def fetch_authorization(self, url: str) -> Authorization:
        """Read an authorization; a `CaRefusal` with status 404 means that it is gone at the CA."""
        with _saying_what_is_gone():
            return read_authorization(self._session.read(url).document(), url)

    def answer(self, challenge_url: str) -> None:
        """Tell the CA that a challenge is ready; one that was answered before is left as it is."""
        try:
            self._session.post(challenge_url, {})
        except CaRefusal as refusal:
            if refusal.type != "malformed" or self._is_pending(challenge_url):
                raise

    def finalize(self, order: Order, csr: bytes) -> Order:
        """Ask for the certificate of an order."""
        reply = self._session.post(order.finalize_url, {"csr": encode_b64jose(csr)})
        order = _order(reply, order.url)
        return self._explained(order) if order.status is Status.INVALID else order

    def download(self, order: Order) -> bytes:
        """Fetch the chain; it is refused unless it is certificates only (RFC 8555 §9.1)."""
        if not order.certificate_url:
            raise InvalidRequest("The order has no certificate; poll it until it is valid.", field="order")
        reply = self._session.read(order.certificate_url, accept=CHAIN)
        if not CHAIN_PATTERN.fullmatch(reply.body):
            raise malformed("sent a chain that is not PEM certificates only", reply.url)
        return reply.body

    def download_alternates(self, order: Order) -> Iterator[bytes]:
        """Fetch the other chains; what is no chain is passed over."""
        reply = self._session.read(order.certificate_url, accept=CHAIN)
        for url in reply.links("alternate")[:MOST_ALTERNATES]:
            other = self._session.read(url, accept=CHAIN)
            if CHAIN_PATTERN.fullmatch(other.body):
                yield other.body

    def revoke(self, chain: bytes, reason: Reason) -> None:
        """Revoke the first certificate of a chain."""
        revoke(self._session, chain, reason)

    def _explained(self, order: Order) -> Order:
        """Read authorizations of an invalid order until one tells why; only for so long, a CA may be slow."""
        ends_at, found = self._session.network.clock.now() + EXPLAINING_MILLISECONDS, []
        for url in order.authorization_urls:
            authorization = self._read_if_there(url)
            if authorization:
                found.append(authorization)
            if (authorization and _has_failed(authorization)) or self._session.network.clock.now() >= ends_at:
                break
        return explain(replace(order, authorizations=tuple(found)))

    def _read_if_there(self, url: str) -> Authorization | None:
        """Read an authorization; of an invalid order the CA may have thrown some away."""
        try:
            return read_authorization(self._session.read(url).document(), url)
        except CaRefusal:
            return None

    def _is_pending(self, challenge_url: str) -> bool:
        return text(self._session.read(challenge_url).document(), "status") == Status.PENDING


def _identifier(name: str) -> dict[str, str]:
    """Write an identifier; addresses have a type of their own (RFC 8738 §3)."""
    return {"type": "ip" if read_address(name) else "dns", "value": name}


def _order(reply: Reply, url: str) -> Order:
    return replace(read_order(reply.document(), url), retry_at=_retry_at(reply))


def _has_failed(authorization: Authorization) -> bool:
    return any(challenge.problem for challenge in authorization.challenges)


@contextmanager
def _saying_what_is_gone() -> Iterator[None]:
    try:
        yield
    except CaRefusal as refusal:
        if refusal.status != 404:
            raise
        detail = f"the order, or an authorization of it, is gone or has expired ({refusal.sentence})"
        raise CaRefusal(detail, type=refusal.type, status=404, document=refusal.document) from refusal


def _retry_at(reply: Reply) -> int:
    seconds = reply.retry_after_seconds
    if seconds is None:
        return 0
    return reply.received_at + int(1000 * min(max(seconds, LEAST_RETRY_SECONDS), MOST_RETRY_SECONDS))
