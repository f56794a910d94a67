"""The routes of the API, one method each. Nothing is decided here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from certwright_cli.connection import Connection, Json, Reply, read_object

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Bundle:
    """Key and chain of a certificate's current version, and the tag that stands for it."""

    pem: bytes
    etag: str


class Api:
    """A deployment, as a caller with a token sees it; everything raises `CliError`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def url(self) -> str:
        """The deployment's URL."""
        return self._connection.url

    def get(self, path: str, **query: str | int) -> Json:
        """Read something."""
        text = urlencode({name: value for name, value in query.items() if value})
        return self._object(self._connection.call("GET", f"{path}?{text}" if text else path, is_repeatable=True))

    def read_text(self, path: str, **query: str) -> str:
        """Read something that is no JSON object for this client."""
        text = urlencode({name: value for name, value in query.items() if value})
        reply = self._connection.call("GET", f"{path}?{text}" if text else path, is_repeatable=True)
        return reply.content.decode("utf-8", "replace")

    def list_certificates(self, owner: str, limit: int) -> Iterator[Json]:
        """List certificates, newest first, page by page; a limit of 0 lists all."""
        cursor, seen = "", 0
        while True:
            size = min(limit - seen, PAGE) if limit else PAGE
            page = self.get("/v1/certificates", owner=owner, limit=size, cursor=cursor)
            yield from page["items"]
            seen += len(page["items"])
            cursor = page["cursor"] or ""
            if not cursor or (limit and seen >= limit):
                return

    def request_certificate(self, body: Json, idempotency_key: str) -> Json:
        """Request a certificate; the key makes it safe to send again."""
        headers = {"Idempotency-Key": idempotency_key}
        return self._object(
            self._connection.call("POST", "/v1/certificates", body, headers, is_repeatable=True),
        )

    def read_certificate(self, certificate_id: str) -> Json:
        """Show one certificate."""
        return self.get(_path("certificates", certificate_id))

    def delete_certificate(self, certificate_id: str) -> Json:
        """Ask for a certificate's deletion."""
        return self.remove(_path("certificates", certificate_id))

    def check_certificate(self, certificate_id: str) -> Json:
        """Have everything looked at again now."""
        return self.post(f"{_path('certificates', certificate_id)}/check")

    def renew_certificate(self, certificate_id: str, wish: Json) -> Json:
        """Have a certificate renewed now; to ask again while it is not done changes nothing."""
        path = f"{_path('certificates', certificate_id)}/renew"
        return self._object(self._connection.call("POST", path, wish, is_repeatable=True))

    def list_events(self, certificate_id: str) -> Json:
        """List what happened to a certificate, newest first."""
        return self.get(f"{_path('certificates', certificate_id)}/events")

    def read_bundle(self, certificate_id: str, etag: str = "") -> Bundle | None:
        """Read key and chain; None when what `etag` stands for is still current."""
        headers = {"If-None-Match": etag} if etag else {}
        path = f"{_path('certificates', certificate_id)}/bundle"
        reply = self._connection.call("GET", path, headers=headers, is_repeatable=True)
        return None if reply.status == 304 else Bundle(reply.content, reply.headers.get("etag", ""))

    def read_zone(self, zone_id: str) -> Json:
        """Show one zone."""
        return self.get(_path("zones", zone_id))

    def rename_zone(self, zone_id: str, changes: Mapping[str, object]) -> Json:
        """Change a zone's names."""
        return self.change(_path("zones", zone_id), changes)

    def check_zone(self, zone_id: str) -> Json:
        """Look now whether a zone stands."""
        return self.post(f"{_path('zones', zone_id)}/check")

    def list_delegations(self, owner: str) -> Json:
        """List an owner's delegations, page by page."""
        items: list[Json] = []
        cursor = ""
        while True:
            page = self.get("/v1/delegations", owner=owner, limit=PAGE, cursor=cursor)
            items += page["items"]
            cursor = page["cursor"] or ""
            if not cursor:
                return {"items": items}

    def check_delegation(self, domain: str, owner: str) -> Json:
        """Look now where a domain leads."""
        return self.post(_of_owner(f"{_path('delegations', domain)}/check", owner))

    def delete_delegation(self, domain: str, owner: str) -> Json:
        """Give a delegation up."""
        return self.remove(_of_owner(_path("delegations", domain), owner))

    def change(self, path: str, changes: Mapping[str, object]) -> Json:
        """Change something; what is left out stays."""
        return self._object(self._connection.call("PATCH", path, dict(changes)))

    def remove(self, path: str) -> Json:
        """Give something up that takes a while to go."""
        return self._object(self._connection.call("DELETE", path))

    def delete(self, path: str) -> None:
        """Delete something that is gone at once."""
        self._connection.call("DELETE", path)

    def delete_token(self, token_id: str) -> None:
        """Delete a token."""
        self._connection.call("DELETE", _path("tokens", token_id))

    def post(self, path: str, body: Json | None = None) -> Json:
        """Send something that may not be repeated."""
        return self._object(self._connection.call("POST", path, body))

    def _object(self, reply: Reply) -> Json:
        return read_object(reply, self.url)


def _of_owner(path: str, owner: str) -> str:
    return f"{path}?{urlencode({'owner': owner})}" if owner else path


def _path(kind: str, id: str) -> str:
    return f"/v1/{kind}/{quote(id, safe='')}"
