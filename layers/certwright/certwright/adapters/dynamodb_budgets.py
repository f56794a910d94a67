"""What is left of the CAs' limits, in DynamoDB: `pk = budget#<CA's id>`, `sk = <kind>#<whose>`.

An item expires a day after it says as much as none.
"""

from collections.abc import Sequence

from certwright.adapters.dynamodb_items import read_state, state_item
from certwright.adapters.dynamodb_table import ConditionFailed, Key, Request, Table
from certwright.adapters.dynamodb_values import Item
from certwright.domain.budget import Budget
from certwright.domain.errors import StaleRevision
from certwright.domain.renewal import DAY, SECOND
from certwright.ports import StoredBudget


class DynamoBudgets:
    """Fills in `ports.Budgets`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, keys: Sequence[str]) -> tuple[StoredBudget, ...]:
        """Read all in one request for each hundred."""
        return tuple(map(_read, self._table.get_all(map(budget_key, keys))))

    def write(self, changed: Sequence[StoredBudget]) -> None:
        """Put one, or several in one transaction."""
        puts = [build_put(stored) for stored in changed]
        try:
            if len(puts) == 1:
                self._table.put(puts[0])
            elif puts:
                self._table.transact([{"Put": put} for put in puts])
        except ConditionFailed as failed:
            raise StaleRevision("Another worker reserved in between: read the budgets again.") from failed

    def list_all(self, ca: str, limit: int) -> tuple[StoredBudget, ...]:
        """Query the CA's partition."""
        return tuple(map(_read, self._table.query(build_query(ca), limit)))


def budget_key(key: str) -> Key:
    """Locate a budget."""
    ca, _, rest = key.partition("#")
    return {"pk": f"budget#{ca}", "sk": rest}


def build_put(stored: StoredBudget) -> Request:
    """Build the put under the revision that was read."""
    ends_at = stored.budget.matters_until + DAY
    item = state_item(budget_key(stored.key), stored.budget, revision=stored.revision + 1, expires_at=ends_at // SECOND)
    if not stored.revision:
        return {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "Item": item,
        "ConditionExpression": "revision = :revision",
        "ExpressionAttributeValues": {":revision": stored.revision},
    }


def build_query(ca: str) -> Request:
    """Build the query for the budgets of a CA."""
    return {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": budget_key(ca)["pk"]},
    }


def _read(item: Item) -> StoredBudget:
    key = f"{item['pk'].removeprefix('budget#')}#{item['sk']}"
    return StoredBudget(key, read_state(Budget, item), item["revision"])
