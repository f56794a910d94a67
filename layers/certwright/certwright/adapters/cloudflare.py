"""Zones of Cloudflare (API v4) that records are created in with a token of the user's; what stands is never changed.

The token goes into one header, to one host, and nowhere else: not into URLs, errors or logs, and not over redirects.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

from certwright.adapters.acme_connection import AddressPolicy, PinnedConnections
from certwright.domain.errors import CertwrightError, Conflict, InvalidRequest, NotAllowed, Unavailable
from certwright.domain.record_export import quote_text, unquote_text
from certwright.domain.record_sets import TTL_SECONDS, HostedZone, RecordSet
from certwright.domain.records import Record

CLOUDFLARE_API = "https://api.cloudflare.com/client/v4"
READ_SECONDS = 4.0
MAX_BODY_BYTES = 1024 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{20,400}")
_BAD_HEADERS = 6003
_SOMETHING_STANDS = frozenset({81053, 81054, 81055, 81056, 81057, 81058, 81062})
_PROXIABLE = ("A", "CNAME")


class CloudflareZones:
    """Fills in `ports.DnsProvider` for the zones that a token opens."""

    adds_whole_sets = False

    def __init__(self, egress: AddressPolicy, token: str, api: str = CLOUDFLARE_API) -> None:
        if not _TOKEN.fullmatch(token):
            raise InvalidRequest(
                "This is no Cloudflare API token: make one with the permissions Zone, Zone, Read and Zone, DNS, Edit.",
                field="token",
                code="provider-token",
            )
        self._token = token
        self._api = api.rstrip("/")
        self._connections = PinnedConnections(egress, read_seconds=READ_SECONDS)
        self._zones: dict[str, HostedZone | None] = {}

    def find_zone(self, name: str) -> HostedZone | None:
        """Ask for each name above, the longest first; each is asked for once."""
        labels = name.split(".")
        candidates = (".".join(labels[at:]) for at in range(len(labels) - 1) if not labels[at].startswith("_"))
        return next((zone for candidate in candidates if (zone := self._zone(candidate))), None)

    def list_records(self, zone: HostedZone, name: str) -> tuple[Record, ...]:
        """List what stands at a name; a proxied record is told so, since it answers something else."""
        query = urlencode({"name": name, "per_page": 100})
        found = self._call("GET", f"/zones/{quote(zone.id, safe='')}/dns_records?{query}")
        return tuple(_record(item) for item in found if _plain(str(item.get("name", ""))) == name)

    def create(self, zone: HostedZone, wanted: RecordSet) -> None:
        """Add the records of a set, never proxied."""
        for value in wanted.values:
            content = quote_text(value) if wanted.type == "TXT" else value
            body = {"type": wanted.type, "name": wanted.name, "content": content, "ttl": TTL_SECONDS}
            unproxied = {"proxied": False} if wanted.type in _PROXIABLE else {}
            self._call("POST", f"/zones/{quote(zone.id, safe='')}/dns_records", {**body, **unproxied})

    def _zone(self, name: str) -> HostedZone | None:
        if name not in self._zones:
            try:
                found = self._call("GET", f"/zones?{urlencode({'name': name})}")
            except NotAllowed as error:
                raise InvalidRequest(error.sentence, field="token", code="provider-token") from error
            ids = [str(item["id"]) for item in found if _plain(str(item.get("name", ""))) == name and item.get("id")]
            self._zones[name] = HostedZone(ids[0], name) if ids else None
        return self._zones[name]

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """Send one request; what comes back is the result, a single one as a list."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        content = json.dumps(body).encode() if body is not None else None
        try:
            response = self._connections.send(method, f"{self._api}{path}", content, headers)
            text = response.read(MAX_BODY_BYTES)
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"Cloudflare did not answer ({type(error).__name__}): ask again.") from error
        document = _read(text)
        if response.status // 100 != 2 or document.get("success") is not True:
            raise _refusal(response.status, document, response.headers)
        result = document.get("result")
        items = result if isinstance(result, list) else [result]
        return [item for item in items if isinstance(item, dict)]


def _read(text: bytes) -> dict[str, Any]:
    """Parse the envelope; empty where there is none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _refusal(status: int, document: Mapping[str, Any], headers: Mapping[str, str]) -> CertwrightError:
    """Say in our words what Cloudflare refused, by status and the codes of its errors."""
    listed = document.get("errors")
    errors = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    codes = {item.get("code") for item in errors}
    said = "; ".join(f"{str(item.get('message', ''))[:200]} ({item.get('code')})" for item in errors[:3])
    if status == 429:
        told = headers.get("Retry-After", "")
        seconds = float(told) if told.isascii() and told.isdigit() else 0.0
        return Unavailable("Cloudflare has had too many requests: ask again later.", retry_after_seconds=seconds)
    if status in (401, 403) or _BAD_HEADERS in codes:
        remedy = (
            "it needs the permissions Zone, Zone, Read and Zone, DNS, Edit for this zone, and must not have expired"
        )
        return NotAllowed(f"Cloudflare refused the token: {remedy}.", code="provider-token")
    if codes & _SOMETHING_STANDS:
        return Conflict(f"Cloudflare refused: {said}")
    if status >= 500 or not errors:
        return Unavailable(f"Cloudflare answered {status}: ask again.")
    return NotAllowed(f"Cloudflare refused: {said}")


def _record(item: Mapping[str, Any]) -> Record:
    kind, value = str(item.get("type", "")), str(item.get("content", ""))
    if kind in ("NS", "CNAME"):
        value = _plain(value)
    elif kind == "TXT":
        value = unquote_text(value)
    return Record(kind, _plain(str(item.get("name", ""))), f"{value} (proxied)" if item.get("proxied") else value)


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")
