"""Hosted zones of Amazon Route 53 that records are created in; what stands is never changed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from certwright.adapters.aws import error_code, translating
from certwright.domain.errors import Conflict, NotAllowed
from certwright.domain.record_export import build_creation, unquote_text
from certwright.domain.record_sets import HostedZone, RecordSet, find_holder
from certwright.domain.records import Record

_MOST_SETS = "100"


class Route53Zones:
    """Fills in `ports.DnsProvider` for the public hosted zones of `zone_ids`."""

    adds_whole_sets = True

    def __init__(self, client: Any, zone_ids: tuple[str, ...]) -> None:
        self._client = client
        self._zone_ids = zone_ids
        self._zones: tuple[HostedZone, ...] | None = None

    def find_zone(self, name: str) -> HostedZone | None:
        """Find the zone among those named; their names are read once."""
        if self._zones is None:
            described = [self._describe(zone_id) for zone_id in self._zone_ids]
            self._zones = tuple(zone for zone in described if zone)
        return find_holder(name, self._zones)

    def list_records(self, zone: HostedZone, name: str) -> tuple[Record, ...]:
        """List what stands at a name: the sets come sorted by name, from it on."""
        with _explaining(zone.id):
            reply = self._client.list_resource_record_sets(
                HostedZoneId=zone.id, StartRecordName=name, MaxItems=_MOST_SETS
            )
        return tuple(
            record for item in reply["ResourceRecordSets"] if _plain(item["Name"]) == name for record in _records(item)
        )

    def create(self, zone: HostedZone, wanted: RecordSet) -> None:
        """Create a set; Route 53 refuses it where one stands, also one that came a moment ago."""
        batch = {"Comment": "Added by Certwright", "Changes": [build_creation(wanted)]}
        with _explaining(zone.id):
            self._client.change_resource_record_sets(HostedZoneId=zone.id, ChangeBatch=batch)

    def _describe(self, zone_id: str) -> HostedZone | None:
        """Read a zone's name; None for a private zone, which no CA sees."""
        with _explaining(zone_id):
            found = self._client.get_hosted_zone(Id=zone_id)["HostedZone"]
        is_private = found.get("Config", {}).get("PrivateZone", False)
        return None if is_private else HostedZone(zone_id, _plain(found["Name"]))


def _records(item: Mapping[str, Any]) -> Iterator[Record]:
    """Read a set; an alias is told with its target, since it has no values."""
    kind, name = item["Type"], _plain(item["Name"])
    if "AliasTarget" in item:
        yield Record(kind, name, f"alias of {_plain(item['AliasTarget']['DNSName'])}")
    for entry in item.get("ResourceRecords", ()):
        yield Record(kind, name, _value(kind, entry["Value"]))


def _value(kind: str, text: str) -> str:
    if kind in ("NS", "CNAME"):
        return _plain(text)
    return unquote_text(text) if kind == "TXT" else text


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")


@contextmanager
def _explaining(zone_id: str) -> Iterator[None]:
    """Turn what Route 53 refuses into the port's errors."""
    try:
        with translating("route53"):
            yield
    except ClientError as error:
        code = error_code(error)
        if code == "InvalidChangeBatch":
            raise Conflict(f"Route 53 refused: {_message(error)}") from error
        sentence = f"Route 53 refused the hosted zone {zone_id} ({code}): an operator checks the id and the role."
        raise NotAllowed(sentence) from error


def _message(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Message", "")[:300]
