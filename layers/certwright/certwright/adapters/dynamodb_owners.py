"""The owners in the registry, in DynamoDB.

They lie in one partition, so that listing them needs no scan; one partition serves about 3,000 reads and 1,000 writes a
second.
"""

from certwright.adapters.dynamodb_items import STATE, obtain, read_state, state_item
from certwright.adapters.dynamodb_table import ConditionFailed, Key, Request, Table
from certwright.domain.errors import NotFound
from certwright.domain.owner import Owner

PARTITION = "owners"


class DynamoOwners:
    """Fills in `ports.Owners`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, owner_id: str) -> Owner | None:
        """Read one item."""
        item = self._table.get(owner_key(owner_id))
        return read_state(Owner, item) if item else None

    def create(self, owner: Owner) -> Owner:
        """Put if absent."""
        return read_state(Owner, obtain(self._table, state_item(owner_key(owner.id), owner)))

    def list_all(self) -> tuple[Owner, ...]:
        """Read the partition, strongly consistent."""
        return tuple(read_state(Owner, item) for item in self._table.query(build_list(PARTITION)))

    def change(self, owner: Owner) -> Owner:
        """Update three values of the item, if it is there."""
        try:
            changed = self._table.update(build_change(owner))
        except ConditionFailed as failed:
            raise NotFound(f"There is no owner {owner.id}: check the id.", code="owner-not-found") from failed
        return read_state(Owner, changed)

    def set_current_zone(self, owner_id: str, zone_id: str, instead_of: str) -> bool:
        """Compare and set; False also where there is no such owner."""
        try:
            self._table.update(build_set_current_zone(owner_id, zone_id, instead_of))
        except ConditionFailed:
            return False
        return True


def owner_key(owner_id: str) -> Key:
    """Locate an owner."""
    return {"pk": PARTITION, "sk": owner_id}


def build_list(partition: str) -> Request:
    """Build the query for everything in a partition."""
    return {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": partition},
        "ConsistentRead": True,
    }


def build_change(owner: Owner) -> Request:
    """Build the update of what an administrator may change; the current zone is the flows' to set."""
    return {
        "Key": owner_key(owner.id),
        "UpdateExpression": "SET #state.#name = :name, #state.patterns = :patterns, #state.is_active = :active",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": {**STATE, "#name": "name"},
        "ExpressionAttributeValues": {
            ":name": owner.name,
            ":patterns": list(owner.patterns),
            ":active": owner.is_active,
        },
        "ReturnValues": "ALL_NEW",
    }


def build_set_current_zone(owner_id: str, zone_id: str, instead_of: str) -> Request:
    """Build the update."""
    return {
        "Key": owner_key(owner_id),
        "UpdateExpression": "SET #state.current_zone = :zone",
        "ConditionExpression": "#state.current_zone = :instead_of",
        "ExpressionAttributeNames": STATE,
        "ExpressionAttributeValues": {":zone": zone_id, ":instead_of": instead_of},
    }
