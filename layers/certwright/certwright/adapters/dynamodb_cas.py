"""CA accounts as operators want them and as they stand, in DynamoDB.

pk = cas         sk = <name>   what is wanted; written by the API
pk = standings   sk = <name>   how it stands at the CA; written by workers
"""

from certwright.adapters.dynamodb_items import STATE, build_put_if_absent, read_state, state_item
from certwright.adapters.dynamodb_owners import build_list
from certwright.adapters.dynamodb_table import ConditionFailed, Key, Request, Table
from certwright.domain.ca_account import CaDefinition, CaStanding
from certwright.domain.errors import StaleRevision

WANTED, STANDING = "cas", "standings"


class DynamoCaDefinitions:
    """Fills in `ports.CaDefinitions`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, name: str) -> CaDefinition | None:
        """Read one item."""
        item = self._table.get(_key(WANTED, name))
        return read_state(CaDefinition, item) if item else None

    def create(self, definition: CaDefinition) -> bool:
        """Put if absent."""
        try:
            self._table.put(build_put_if_absent(state_item(_key(WANTED, definition.name), definition)))
        except ConditionFailed:
            return False
        return True

    def update(self, before: CaDefinition, after: CaDefinition) -> None:
        """Put in place of the one that was read."""
        try:
            self._table.put(build_update(before, after))
        except ConditionFailed as failed:
            raise StaleRevision("Somebody else has changed this CA account: load it again.") from failed

    def list_all(self) -> tuple[CaDefinition, ...]:
        """Read the partition, strongly consistent."""
        return tuple(read_state(CaDefinition, item) for item in self._table.query(build_list(WANTED)))


class DynamoCaStandings:
    """Fills in `ports.CaStandings`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, name: str) -> CaStanding | None:
        """Read one item."""
        item = self._table.get(_key(STANDING, name))
        return read_state(CaStanding, item) if item else None

    def put(self, standing: CaStanding) -> None:
        """Put one item."""
        self._table.put({"Item": state_item(_key(STANDING, standing.name), standing)})


def build_update(before: CaDefinition, after: CaDefinition) -> Request:
    """Build the put of a changed definition."""
    return {
        "Item": state_item(_key(WANTED, before.name), after),
        "ConditionExpression": "#state.changes = :changes",
        "ExpressionAttributeNames": STATE,
        "ExpressionAttributeValues": {":changes": before.changes},
    }


def _key(partition: str, name: str) -> Key:
    return {"pk": partition, "sk": name}
