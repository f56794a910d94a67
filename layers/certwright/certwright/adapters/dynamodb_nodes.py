"""The nodes' heartbeats, as the issuer reads them from DynamoDB."""

from certwright.adapters.dynamodb_owners import build_list
from certwright.adapters.dynamodb_table import Table
from certwright.domain.answer import NODES_PARTITION, NodeRow, decode_node


class DynamoNodes:
    """Fills in `ports.Nodes`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def list_rows(self) -> tuple[NodeRow, ...]:
        """Read the partition, strongly consistent; `BadItem` for a row that can't be read: its node may be serving."""
        return tuple(decode_node(item) for item in self._table.query(build_list(NODES_PARTITION)))
