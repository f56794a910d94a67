"""DNS providers, where records are added for users who ask for it."""

from typing import Protocol

from certwright.domain.record_sets import HostedZone, RecordSet
from certwright.domain.records import Record


class DnsProvider(Protocol):
    """Zones at a DNS provider, with somebody's right to add to them. Nothing that stands is ever changed.

    Every method raises `NotAllowed` where the provider refuses the right; its sentence says the remedy.
    """

    @property
    def adds_whole_sets(self) -> bool:
        """Tell whether a set is created at once or not at all; else records are single things there."""
        ...

    def find_zone(self, name: str) -> HostedZone | None:
        """Find the zone with the longest name that a name lies in; `InvalidRequest` for a token that counts nowhere."""
        ...

    def list_records(self, zone: HostedZone, name: str) -> tuple[Record, ...]:
        """List what stands at a name, of every type; what is special there is told in its value."""
        ...

    def create(self, zone: HostedZone, wanted: RecordSet) -> None:
        """Add a set; `Conflict` where something that stands does not let it."""
        ...


class DnsProviders(Protocol):
    """The providers that are known."""

    def route53(self) -> DnsProvider:
        """Take the hosted zones that an operator named; `NotAllowed` where there are none."""
        ...

    def cloudflare(self, token: str) -> DnsProvider:
        """Take the zones that an API token opens, for this once; `InvalidRequest` for what is no token."""
        ...
