"""The demo's user: talks to the API, and adds records at the stand-in DNS provider, over HTTP like anyone."""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError, URLError

from local.errors import LocalError

type Json = dict[str, Any]

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.1
LOOKS = 10


class DemoError(LocalError):
    """The system did not do what the demo shows."""


class User:
    """One person with an API token and an account at the DNS provider.

    `check_parts` raises when a part of the system has ended: no use in waiting then.
    """

    def __init__(self, api_url: str, token: str, provider_url: str, check_parts: Callable[[], None]) -> None:
        self._api_url = api_url
        self._token = token
        self._provider_url = provider_url
        self._check_parts = check_parts

    def request(self, names: list[str]) -> Json:
        """Ask for a certificate."""
        return self._api("POST", "/v1/certificates", {"names": names})

    def look(self, certificate: Json) -> Json:
        """Read a certificate again."""
        return self._api("GET", f"/v1/certificates/{certificate['id']}")

    def check_now(self, certificate: Json) -> Json:
        """Press “check now”."""
        return self._api("POST", f"/v1/certificates/{certificate['id']}/check")

    def zones(self) -> list[Json]:
        """List the zones."""
        found: list[Json] = self._api("GET", "/v1/zones")["items"]
        return found

    def rename_zone(self, zone: Json, origin: str, name_server: str) -> Json:
        """Choose other names for a zone."""
        return self._api("PATCH", f"/v1/zones/{zone['id']}", {"origin": origin, "name_server": name_server})

    def download(self, certificate: Json) -> bytes:
        """Download key and chain."""
        return self._send("GET", f"{self._api_url}/v1/certificates/{certificate['id']}/bundle", None)

    def add_record(self, record: Json) -> None:
        """Add one record at the DNS provider."""
        self._send("POST", f"{self._provider_url}/records", {**record, "ttl": 1})

    def wait_until(self, certificate: Json, what: str, is_so: Callable[[Json], bool]) -> Json:
        """Look at a certificate until something is so; `DemoError` says what it was instead."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            certificate = self.look(certificate)
            if is_so(certificate):
                return certificate
            self._check_parts()
            if time.monotonic() > deadline:
                shown = f"{certificate['state']} ({certificate['reason']}): {certificate['message']}"
                raise DemoError(f"waited {PATIENCE_SECONDS:.0f} s for {what}, but the certificate is {shown}")
            time.sleep(PAUSE_SECONDS)

    def _api(self, method: str, path: str, body: Json | None = None) -> Json:
        document: Json = json.loads(self._send(method, self._api_url + path, body))
        return document

    def _send(self, method: str, url: str, body: Json | None) -> bytes:
        headers = {"Content-Type": "application/json"}
        if url.startswith(self._api_url):
            headers["Authorization"] = f"Bearer {self._token}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:
                content: bytes = reply.read()
                return content
        except HTTPError as error:
            with error:
                raise DemoError(f"{method} {url} answered {error.code}: {error.read().decode()}") from error
        except OSError as error:
            self._name_ended_part()
            reason = error.reason if isinstance(error, URLError) else error
            raise DemoError(f"{method} {url} was not answered: {reason}") from error

    def _name_ended_part(self) -> None:
        """Look a few times: what dies closes its connections first, and counts as ended a moment later."""
        for _ in range(LOOKS):
            self._check_parts()
            time.sleep(PAUSE_SECONDS)
