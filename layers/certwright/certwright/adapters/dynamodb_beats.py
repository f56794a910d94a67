"""When parts of the deployment were last alive, in DynamoDB: pk = beats, sk = <part>."""

from certwright.adapters.dynamodb_items import SHAPE
from certwright.adapters.dynamodb_table import Key, Table


class DynamoBeats:
    """Fills in `ports.Beats`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, part: str, at: int) -> None:
        """Put one item in place of the last."""
        self._table.put({"Item": {**_key(part), "shape": SHAPE, "at": at}})

    def read(self, part: str) -> int:
        """Read one item."""
        item = self._table.get(_key(part))
        return int(item["at"]) if item else 0


def _key(part: str) -> Key:
    return {"pk": "beats", "sk": part}
