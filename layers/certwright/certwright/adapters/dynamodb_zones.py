"""The delegated zones in the registry, in DynamoDB: one partition of zones, and who has which origin.

    pk = zones             sk = <zone id>    the zone; `revision` counts its updates
    pk = origin#<origin>   sk = origin       `zone_id` of the zone there, or `zones_below`, how many lie under it

Creating a zone claims its origin where nothing is there or below, and counts it at every ancestor where no zone is, all
in one transaction: of two zones that overlap, whichever comes second finds the other's claim or count.
"""

from collections.abc import Mapping
from dataclasses import replace

from certwright.adapters.dynamodb_items import STATE, build_put_if_absent, read_state, state_item
from certwright.adapters.dynamodb_owners import build_list
from certwright.adapters.dynamodb_table import ConditionFailed, Key, Request, Table
from certwright.domain.errors import Conflict, StaleRevision
from certwright.domain.owner import Zone

PARTITION = "zones"


class DynamoZones:
    """Fills in `ports.Zones`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create(self, zone: Zone) -> None:
        """Put zone, claim and counts together."""
        try:
            self._table.transact(build_create(zone))
        except ConditionFailed as failed:
            raise Conflict(
                f"{zone.origin} is, contains or lies under a zone of this deployment: choose another name.",
                code="zone-overlaps",
            ) from failed

    def read(self, zone_id: str) -> Zone | None:
        """Read one item, strongly consistent."""
        item = self._table.get(zone_key(zone_id))
        return read_state(Zone, item) if item else None

    def list_all(self) -> tuple[Zone, ...]:
        """Read the partition, strongly consistent."""
        return tuple(read_state(Zone, item) for item in self._table.query(build_list(PARTITION)))

    def update(self, before: Zone, after: Zone) -> None:
        """Compare with what is stored, then replace it under the revision that was compared."""
        item = self._table.get(zone_key(before.id))
        if item is None or read_state(Zone, item) != before:
            raise StaleRevision("Another writer changed the zone: load it again.")
        try:
            self._table.update(build_update(replace(after, id=before.id, origin=before.origin), item["revision"]))
        except ConditionFailed as failed:
            raise StaleRevision("Another writer changed the zone: load it again.") from failed

    def remove(self, zone: Zone) -> None:
        """Take zone, claim and counts away together; quietly when it is gone."""
        try:
            self._table.transact(build_remove(zone))
        except ConditionFailed as failed:
            if failed.items.get(0, zone) is not None:
                raise


def zone_key(zone_id: str) -> Key:
    """Locate a zone."""
    return {"pk": PARTITION, "sk": zone_id}


def origin_key(origin: str) -> Key:
    """Locate who has an origin."""
    return {"pk": f"origin#{origin}", "sk": "origin"}


def ancestors(origin: str) -> list[str]:
    """Name all domains above an origin, up to its top-level domain."""
    labels = origin.split(".")
    return [".".join(labels[at:]) for at in range(1, len(labels))]


def build_create(zone: Zone) -> list[Mapping[str, Request]]:
    """Build the transaction."""
    claim = {
        "Key": origin_key(zone.origin),
        "UpdateExpression": "SET zone_id = :zone",
        "ConditionExpression": "attribute_not_exists(zone_id) "
        "AND (attribute_not_exists(zones_below) OR zones_below = :zero)",
        "ExpressionAttributeValues": {":zone": zone.id, ":zero": 0},
    }
    put = build_put_if_absent(state_item(zone_key(zone.id), zone, revision=0))
    return [{"Put": put}, {"Update": claim}, *_build_counts(zone.origin, 1)]


def build_update(zone: Zone, revision: int) -> Request:
    """Build the replacement of a zone's values."""
    item = state_item(zone_key(zone.id), zone)
    return {
        "Key": zone_key(zone.id),
        "UpdateExpression": "SET #state = :state, revision = :next",
        "ConditionExpression": "revision = :revision",
        "ExpressionAttributeNames": STATE,
        "ExpressionAttributeValues": {":state": item["state"], ":revision": revision, ":next": revision + 1},
    }


def build_remove(zone: Zone) -> list[Mapping[str, Request]]:
    """Build the transaction."""
    gone = {
        "Key": zone_key(zone.id),
        "ConditionExpression": "attribute_exists(pk)",
    }
    free = {
        "Key": origin_key(zone.origin),
        "ConditionExpression": "zone_id = :zone",
        "ExpressionAttributeValues": {":zone": zone.id},
    }
    return [{"Delete": gone}, {"Delete": free}, *_build_counts(zone.origin, -1)]


def _build_counts(origin: str, change: int) -> list[Mapping[str, Request]]:
    return [
        {
            "Update": {
                "Key": origin_key(ancestor),
                "UpdateExpression": "ADD zones_below :change",
                "ConditionExpression": "attribute_not_exists(zone_id)",
                "ExpressionAttributeValues": {":change": change},
            }
        }
        for ancestor in ancestors(origin)
    ]
