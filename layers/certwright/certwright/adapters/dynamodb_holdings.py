"""Who has HTTP-01 for a name, in DynamoDB: `pk = holding#<name>`, with its owner and the set of its certificates.

DynamoDB keeps no empty set: a holding without `certificates` is nobody's, whether its item is gone already or not.
"""

from certwright.adapters.dynamodb_items import SHAPE
from certwright.adapters.dynamodb_table import ConditionFailed, Key, Request, Table


class DynamoHoldings:
    """Fills in `ports.Holdings`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, name: str, owner: str, certificate_id: str) -> bool:
        """Add the certificate where nobody or the same owner has the name."""
        try:
            self._table.update(build_take(name, owner, certificate_id))
        except ConditionFailed:
            return False
        return True

    def release(self, name: str, certificate_id: str) -> None:
        """Take the certificate out, then the item away if it was the last."""
        try:
            self._table.update(build_release(name, certificate_id))
            self._table.delete(build_clear(name))
        except ConditionFailed:
            return

    def holder(self, name: str) -> str:
        """Read one item, strongly consistent."""
        item = self._table.get(holding_key(name))
        return str(item["owner"]) if item and "certificates" in item else ""


def holding_key(name: str) -> Key:
    """Locate a holding."""
    return {"pk": f"holding#{name}", "sk": "holding"}


def build_take(name: str, owner: str, certificate_id: str) -> Request:
    """Build the update."""
    return {
        "Key": holding_key(name),
        "UpdateExpression": "SET #owner = :owner, shape = :shape ADD certificates :certificate",
        "ConditionExpression": "attribute_not_exists(certificates) OR #owner = :owner",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {
            ":owner": owner,
            ":shape": SHAPE,
            ":certificate": frozenset({certificate_id}),
        },
    }


def build_release(name: str, certificate_id: str) -> Request:
    """Build the update; it makes no item where there is none."""
    return {
        "Key": holding_key(name),
        "UpdateExpression": "DELETE certificates :certificate",
        "ConditionExpression": "contains(certificates, :id)",
        "ExpressionAttributeValues": {":certificate": frozenset({certificate_id}), ":id": certificate_id},
    }


def build_clear(name: str) -> Request:
    """Build the deletion of a holding that nobody has."""
    return {"Key": holding_key(name), "ConditionExpression": "attribute_not_exists(certificates)"}
