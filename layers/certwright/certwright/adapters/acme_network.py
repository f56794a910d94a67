"""HTTP to one CA: bounded in time and size, without redirects, every address permitted first.

The `acme` library's `ClientNetwork` is not the base: it drops status, headers and nonces of errors in private methods,
all of which would have to be replaced.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import urllib3

from certwright import __version__
from certwright.adapters.acme_connection import AddressPolicy, PinnedConnections
from certwright.adapters.acme_directory import Directory, read_directory
from certwright.adapters.acme_document import Document, host, malformed, scheme
from certwright.adapters.acme_problem import refusal
from certwright.domain.errors import Unavailable
from certwright.ports import Clock

WHOLE_BODY_MILLISECONDS = 30_000
MAX_BODY_BYTES = 256 * 1024
CHUNK_BYTES = 16 * 1024
_LINK = re.compile(r"<(?P<url>[^<>]{1,2000})>(?P<parameters>[^<>]*)")
_RELATION = re.compile(r';\s*rel="?([a-z-]+)"?', re.IGNORECASE)
MAX_RETRY_AFTER_SECONDS = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the CA answered, whatever the status; `headers` ignore case, `received_at` is epoch milliseconds."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: int

    @property
    def nonce(self) -> str:
        """The fresh nonce that came along, empty for none (RFC 8555 §6.5)."""
        return self.headers.get("Replay-Nonce", "")

    @property
    def retry_after_seconds(self) -> float | None:
        """How long the CA asks to be left alone, at most 7 days; None where it does not say so legibly."""
        return read_retry_after(self.headers.get("Retry-After", ""), self.received_at)

    def links(self, relation: str) -> tuple[str, ...]:
        """List the targets of the Link headers of one relation (RFC 8288 §3), as absolute URLs."""
        return tuple(
            urljoin(self.url, found["url"])
            for found in _LINK.finditer(self.headers.get("Link", ""))
            if relation in _RELATION.findall(found["parameters"])
        )

    def document(self) -> Document:
        """Parse the body as a JSON object; `Unavailable` when it is none."""
        try:
            parsed: object = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise malformed("did not send JSON", self.url) from error
        if not isinstance(parsed, dict):
            raise malformed("did not send a JSON object", self.url)
        return parsed


class AcmeNetwork:
    """One CA as anyone sees it: its directory and unsigned requests.

    `ca_bundle` is the path of a PEM file to trust instead of the public roots. `directory` is one that was fetched
    before; without it the first use fetches it. Plain http is spoken only where the directory's own URL is http.
    """

    def __init__(
        self,
        directory_url: str,
        *,
        egress: AddressPolicy,
        clock: Clock,
        ca_bundle: str = "",
        directory: Directory | None = None,
    ) -> None:
        self.directory_url = directory_url
        self.clock = clock
        self._directory = directory
        self._schemes = {"https", scheme(directory_url)} & {"https", "http"}
        self._connections = PinnedConnections(egress, ca_bundle)

    @property
    def directory(self) -> Directory:
        """The CA's index of endpoints, fetched once (RFC 8555 §7.1.1)."""
        if self._directory is None:
            self._directory = read_directory(self.get(self.directory_url).document(), self.directory_url)
        return self._directory

    def get(self, url: str) -> Reply:
        """Fetch a public resource; raises as `check` does."""
        return check(self.request("GET", url))

    def request(self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        """Send one request and read the reply, whatever its status; `Unavailable` when there is none in time."""
        if scheme(url) not in self._schemes:
            raise malformed("names a URL that is not https", url)
        headers = {"User-Agent": f"certwright/{__version__}", **(headers or {})}
        try:
            response = self._connections.send(method, url, body or None, headers)
            content = self._read(response, url)
        except urllib3.exceptions.SSLError as error:
            sentence = f"The TLS certificate of {host(url)} can't be trusted; check the CA bundle of this CA."
            raise Unavailable(sentence, code="ca-untrusted") from error
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"{host(url)} did not answer ({type(error).__name__}); it is tried again.") from error
        return Reply(url, response.status, response.headers, content, self.clock.now())

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._connections.close()

    def _read(self, response: urllib3.BaseHTTPResponse, url: str) -> bytes:
        deadline = self.clock.now() + WHOLE_BODY_MILLISECONDS
        content = bytearray()
        try:
            while chunk := response.read1(CHUNK_BYTES):
                content += chunk
                if len(content) > MAX_BODY_BYTES:
                    raise malformed(f"sent more than {MAX_BODY_BYTES} bytes", url)
                if self.clock.now() > deadline:
                    raise Unavailable(f"{host(url)} sends too slowly; it is tried again.")
        except Unavailable:
            response.close()
            raise
        return bytes(content)


def check(reply: Reply) -> Reply:
    """Let a success pass; raise `CaRefusal` for a problem document and `Unavailable` for an error without one."""
    if 200 <= reply.status < 300:
        return reply
    raise refusal(reply.url, reply.status, reply.body, reply.retry_after_seconds or 0.0)


def read_retry_after(value: str, now: int) -> float | None:
    """Read a Retry-After header, seconds or HTTP-date (RFC 9110 §10.2.3), as seconds after `now`, 0 to 7 days."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), MAX_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    instant = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return min(max(instant - now / 1000, 0.0), MAX_RETRY_AFTER_SECONDS)
