"""DNS providers in memory, and the faults that they have when told."""

from collections import Counter

from certwright.domain.errors import CertwrightError, Conflict, InvalidRequest, NotAllowed
from certwright.domain.record_sets import HostedZone, RecordSet, find_holder
from certwright.domain.records import Record


class FakeDnsProvider:
    """A `DnsProvider`; set `failures` by name to have the creation of a set refused."""

    def __init__(self, *zones: str, adds_whole_sets: bool = True) -> None:
        self.adds_whole_sets = adds_whole_sets
        self.zones = tuple(HostedZone(f"zone-of-{name}", name) for name in zones)
        self.records: list[Record] = []
        self.failures: dict[str, CertwrightError] = {}
        self.calls: Counter[str] = Counter()

    def find_zone(self, name: str) -> HostedZone | None:
        self.calls["find_zone"] += 1
        return find_holder(name, self.zones)

    def list_records(self, zone: HostedZone, name: str) -> tuple[Record, ...]:
        self.calls["list_records"] += 1
        return tuple(record for record in self.records if record.name == name)

    def create(self, zone: HostedZone, wanted: RecordSet) -> None:
        self.calls["create"] += 1
        for value in wanted.values:
            if failure := self.failures.get(value) or self.failures.get(wanted.name):
                raise failure
        if self.adds_whole_sets and any(
            (record.type, record.name) == (wanted.type, wanted.name) for record in self.records
        ):
            raise Conflict("It exists already.")
        self.records += wanted.records


class FakeDnsProviders:
    """A `DnsProviders`: Route 53 with the hosted zones it is made with, Cloudflare with one token."""

    TOKEN = "cloudflare-token-of-a-user-0123456789"

    def __init__(self, *route53_zones: str) -> None:
        self.hosted = FakeDnsProvider(*route53_zones)
        self.proxy = FakeDnsProvider("example.test", adds_whole_sets=False)

    def route53(self) -> FakeDnsProvider:
        if not self.hosted.zones:
            raise NotAllowed("This deployment writes to no Route 53 zone.", code="route53-off")
        return self.hosted

    def cloudflare(self, token: str) -> FakeDnsProvider:
        if token != self.TOKEN:
            raise InvalidRequest("Cloudflare refused the token.", field="token", code="provider-token")
        return self.proxy
