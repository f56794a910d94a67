"""A user of the whole system beside the stand-in provider: calls the API, adds records, reads the CA's log."""

import json
import urllib.request
from dataclasses import dataclass

from local.demo_proof import CaManagement, Proven, prove
from local.system import LocalSystem
from tests.support.api_client import ApiClient, Json

ORIGIN, NAME_SERVER = "acme.example.test", "ns.example.test"
WILDCARD = ("example.test", "*.example.test")
TICKS_A_MINUTE = 60.0
"""The schedule's runs a minute, and with it the grace that the sweep leaves other messages, divided by so much."""


@dataclass(frozen=True)
class User:
    """Somebody with an account at the DNS provider and an admin's token."""

    system: LocalSystem
    api: ApiClient
    ca: CaManagement

    @classmethod
    def of(cls, system: LocalSystem) -> "User":
        """Meet the user of a running system."""
        api = ApiClient(system.api_url, system.admin_token, lambda: system.recent_log("functions"))
        return cls(system, api, CaManagement(system.pebble_management_url, system.ca_bundle))

    def add_record(self, record: Json) -> None:
        """Add a record at the provider."""
        self._change("POST", record)

    def remove_record(self, record: Json) -> None:
        """Take a record away at the provider."""
        self._change("DELETE", record)

    def request_wildcard(self) -> Json:
        """Request the wildcard, choose known names for the zone, and add all records."""
        certificate = self.api.ask_for(WILDCARD)
        (zone,) = self.api.zones()
        self.api.rename_zone(zone["id"], origin=ORIGIN, name_server=NAME_SERVER)
        certificate = self.api.read(certificate["id"])
        for record in certificate["records"]:
            self.add_record(record)
        return self.api.check_now(certificate["id"])

    def prove_bundle(self, certificate_id: str, names: set[str]) -> Proven:
        """Download the bundle and check chain, names and key; raises `DemoError`."""
        return prove(self.api.bundle(certificate_id), self.ca.fetch_root(), names)

    def orders_placed(self) -> int:
        """Count the orders that the CA has taken."""
        return self._count('Added order "')

    def accounts_made(self) -> int:
        """Count the accounts that the CA has made."""
        return self._count(" accounts in memory")

    def _count(self, words: str) -> int:
        return (self.system.run_folder / "pebble.log").read_text().count(words)

    def _change(self, method: str, record: Json) -> None:
        data = json.dumps({key: record[key] for key in ("type", "name", "value")}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.system.provider_url}/records", data, headers, method=method)  # noqa: S310 - a URL of ours
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - a URL of ours
            return
