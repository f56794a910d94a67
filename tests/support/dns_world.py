"""A private Internet on loopback for checks: the stand-in provider, our node's place, servers beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from certwright.adapters.egress import Egress, parse_allow_list
from certwright.adapters.record_checks import Pace, WalkedRecords
from certwright.domain.records import WantedDelegation, WantedZone
from tests.support.dns_servers import ZoneServer
from tests.support.provider_process import Provider, free_port, running_provider

PROVIDER, RESOLVER = "127.0.41.2", "127.0.41.53"
NODE, OTHER, THIRD = "127.0.41.9", "127.0.41.10", "127.0.41.11"
LOOPBACK = parse_allow_list("127.0.0.0/8")
PATIENT = Pace(try_seconds=1.5, tries=2, check_seconds=60)

UUID = "b6e4682c-5109-4a34-ac99-d5097d5b2b68"
STRANGER = "0d4c1b5e-7a52-4f5b-9b3c-0f6a5e6d7c8b"
ZONE = WantedZone("acme.example.test", "ns.example.test", (NODE,))
TARGET = f"{UUID}.{ZONE.origin}"

A = ("A", ZONE.name_server, NODE)
NS = ("NS", ZONE.origin, ZONE.name_server)
NODE_ZONE = ZoneServer(ZONE.origin, (ZONE.name_server,))


def delegation(identifier: str = "example.test") -> WantedDelegation:
    """Want a delegation to the one target of the one zone."""
    return WantedDelegation(identifier, (TARGET,), (ZONE,), (ZONE.origin,))


def cname(value: str, name: str = "_acme-challenge.example.test") -> tuple[str, str, str]:
    """Write a CNAME record."""
    return ("CNAME", name, value)


@dataclass
class World:
    """A running provider with the records added so far."""

    provider: Provider

    def add(self, *records: tuple[str, str, str]) -> None:
        """Add (type, name, value) at the provider."""
        for record in records:
            self.provider.add(*record)

    def clear(self) -> None:
        """Delete all records."""
        for record in self.provider.records():
            self.provider.delete(record["type"], record["name"], record["value"])

    @property
    def port(self) -> int:
        """The port of every DNS server of this world."""
        return self.provider.dns_port

    def checks(self, *, pace: Pace = PATIENT, allow: str = "127.0.0.0/8", http_port: int = 80) -> WalkedRecords:
        """Look at this world from its own root."""
        egress = Egress(self.port, http_port, parse_allow_list(allow))
        return WalkedRecords(egress, (self.provider.address,), pace=pace)


@contextmanager
def running_world(*origins: str) -> Iterator[World]:
    """Run a provider for the zones, on a port that the world's other addresses have free too."""
    port = free_port([PROVIDER, RESOLVER, NODE, OTHER, THIRD])
    with running_provider(*origins, address=PROVIDER, resolver=RESOLVER, dns_port=port) as provider:
        yield World(provider)
