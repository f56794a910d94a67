"""A plain client of the HTTP API, with nothing of the system's own code: status, headers and body as they come."""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.error import HTTPError

from tests.support.eventually import eventually

type Json = dict[str, Any]

REQUEST_SECONDS = 30.0
PATIENCE_SECONDS = 90.0
PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Json:
        """The body as a JSON object."""
        document = json.loads(self.content)
        assert isinstance(document, dict)
        return document


class ApiClient:
    """One caller with a token; `send` takes what comes, all other methods assert success.

    `last_words` tells what the system logged, for the message when something is waited for in vain.
    """

    def __init__(self, url: str, token: str, last_words: Callable[[], str] = lambda: "") -> None:
        self._url = url
        self._token = token
        self._last_words = last_words

    def send(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Reply:
        """Send one request with the token and a JSON body, if any."""
        data = None if body is None else json.dumps(body).encode()
        fields = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self._url + path, data, fields, method=method)  # noqa: S310 - a URL of ours
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as reply:  # noqa: S310 - a URL of ours
                return Reply(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.read())
        except HTTPError as error:
            with error:
                headers_seen = {name.lower(): value for name, value in error.headers.items()}
                return Reply(error.code, headers_seen, error.read())

    def ask_for(self, names: Sequence[str], **fields: object) -> Json:
        """Request a certificate."""
        return self._expect(202, self.send("POST", "/v1/certificates", {"names": list(names), **fields}))

    def read(self, certificate_id: str) -> Json:
        """Read a certificate."""
        return self._expect(200, self.send("GET", f"/v1/certificates/{certificate_id}"))

    def ids(self) -> set[str]:
        """List the caller's certificates, the first hundred of them."""
        return {item["id"] for item in self._items(self.send("GET", "/v1/certificates"))}

    def check_now(self, certificate_id: str) -> Json:
        """Press “check now”."""
        return self._expect(202, self.send("POST", f"/v1/certificates/{certificate_id}/check"))

    def delete(self, certificate_id: str) -> Json:
        """Delete a certificate."""
        return self._expect(202, self.send("DELETE", f"/v1/certificates/{certificate_id}"))

    def events(self, certificate_id: str) -> list[Json]:
        """List what happened to a certificate, newest first."""
        return self._items(self.send("GET", f"/v1/certificates/{certificate_id}/events"))

    def bundle(self, certificate_id: str) -> bytes:
        """Download key and chain."""
        reply = self.send("GET", f"/v1/certificates/{certificate_id}/bundle")
        assert reply.status == 200, reply
        return reply.content

    def zones(self) -> list[Json]:
        """List the zones."""
        return self._items(self.send("GET", "/v1/zones"))

    def rename_zone(self, zone_id: str, **fields: str) -> Json:
        """Choose other names for a zone; gives the zone to use from now on."""
        return self._expect(200, self.send("PATCH", f"/v1/zones/{zone_id}", fields))

    def create_owner(self, name: str, patterns: Sequence[str]) -> Json:
        """Make an owner."""
        return self._expect(201, self.send("POST", "/v1/owners", {"name": name, "patterns": list(patterns)}))

    def caller_for(self, owner_id: str, role: str) -> Self:
        """Make a token for an owner, and the client that uses it."""
        made = self._expect(201, self.send("POST", "/v1/tokens", {"owner": owner_id, "role": role}))
        return type(self)(self._url, made["token"], self._last_words)

    def wait_until(
        self, certificate_id: str, what: str, is_so: Callable[[Json], bool], seconds: float = PATIENCE_SECONDS
    ) -> Json:
        """Read a certificate until something is so; an `AssertionError` says what it was instead."""
        deadline = time.monotonic() + seconds
        while True:
            seen = self.read(certificate_id)
            if is_so(seen):
                return seen
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"waited {seconds:g} s for {what}, last saw {json.dumps(seen)}\n{self._last_words()}"
                )
            time.sleep(PAUSE_SECONDS)

    def wait_for_reason(self, certificate_id: str, reason: str) -> Json:
        """Wait until a certificate gives this reason for its state."""
        return self.wait_until(certificate_id, reason, lambda seen: bool(seen["reason"] == reason))

    def wait_for_version(self, certificate_id: str, version: int, seconds: float = PATIENCE_SECONDS) -> Json:
        """Wait until a version is stored and its attempt closed."""

        def is_done(seen: Json) -> bool:
            return bool(seen["current"] and seen["current"]["version"] == version and not seen["attempt"])

        return self.wait_until(certificate_id, f"version {version}", is_done, seconds)

    def wait_until_gone(self, certificate_id: str) -> None:
        """Wait until a deleted certificate is no more."""
        eventually(lambda: self.send("GET", f"/v1/certificates/{certificate_id}").status, 404)

    def _expect(self, status: int, reply: Reply) -> Json:
        assert reply.status == status, reply
        return reply.json

    def _items(self, reply: Reply) -> list[Json]:
        items: list[Json] = self._expect(200, reply)["items"]
        return items
