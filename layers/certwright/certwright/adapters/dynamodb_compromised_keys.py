"""Keys that nobody may use any more, in DynamoDB: pk = compromised, sk = <digest of the public key>; kept for good."""

from certwright.adapters.dynamodb_items import SHAPE
from certwright.adapters.dynamodb_table import Key, Table


class DynamoCompromisedKeys:
    """Fills in `ports.CompromisedKeys`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, public_key: str, at: int) -> None:
        """Put an item; the same again is the same."""
        self._table.put({"Item": {**_key(public_key), "shape": SHAPE, "noted_at": at}})

    def is_noted(self, public_key: str) -> bool:
        """Read the item, strongly consistent."""
        return self._table.get(_key(public_key)) is not None


def _key(public_key: str) -> Key:
    return {"pk": "compromised", "sk": public_key}
