"""The stable targets in the registry, in DynamoDB: `pk = owner#<id>`, `sk = delegation#<domain>`."""

from certwright.adapters.dynamodb_items import obtain, read_state, state_item
from certwright.adapters.dynamodb_table import Key, Table
from certwright.domain.owner import Delegation


class DynamoDelegations:
    """Fills in `ports.Delegations`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def obtain(self, delegation: Delegation) -> Delegation:
        """Put if absent."""
        key = delegation_key(delegation.owner, delegation.domain)
        return read_state(Delegation, obtain(self._table, state_item(key, delegation)))

    def read(self, owner: str, domain: str) -> Delegation | None:
        """Read one item, strongly consistent."""
        item = self._table.get(delegation_key(owner, domain))
        return read_state(Delegation, item) if item else None


def delegation_key(owner: str, domain: str) -> Key:
    """Locate an owner's delegation for a domain."""
    return {"pk": f"owner#{owner}", "sk": f"delegation#{domain}"}
