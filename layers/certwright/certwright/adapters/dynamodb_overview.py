"""All certificates at a glance, in DynamoDB."""

from certwright.adapters.dynamodb_certificate_items import DUE_SHARDS, read_summary, summary_key
from certwright.adapters.dynamodb_table import Request, Table
from certwright.domain.shown import Hearer, Summary
from certwright.ports import Lateness


class DynamoOverview:
    """Fills in `ports.Overview`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def oldest_due(self) -> int | None:
        """Read the head of every shard of the index `due`."""
        heads = [head for shard in range(DUE_SHARDS) for head in self._table.query(build_first_due(shard), 1)]
        return min((int(head["due_at"]) for head in heads), default=None)

    def list_by_lateness(self, hearer: Hearer, limit: int) -> tuple[Lateness, ...]:
        """Read the head of one partition of the index `late`."""
        items = self._table.query(build_by_lateness(hearer), limit)
        return tuple(Lateness(item["pk"], item["late_at"]) for item in items)

    def read_summary(self, certificate_id: str) -> Summary | None:
        """Read one item."""
        item = self._table.get(summary_key(certificate_id))
        return read_summary(item) if item else None


def build_first_due(shard: int) -> Request:
    """Build the query for what is due first in one shard."""
    return {
        "IndexName": "due",
        "KeyConditionExpression": "due_shard = :shard",
        "ExpressionAttributeValues": {":shard": f"due#{shard}"},
    }


def build_by_lateness(hearer: Hearer) -> Request:
    """Build the query for what is late first."""
    return {
        "IndexName": "late",
        "KeyConditionExpression": "late_for = :hearer",
        "ExpressionAttributeValues": {":hearer": hearer.value},
    }
