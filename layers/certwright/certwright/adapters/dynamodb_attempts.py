"""Closed attempts, in DynamoDB."""

from certwright.adapters.dynamodb_certificate_items import read_attempt
from certwright.adapters.dynamodb_table import Request, Table
from certwright.domain.certificate import ClosedAttempt

MOST_READ = 1000
"""More than there can be of 400 days, at one a day."""


class DynamoAttempts:
    """Fills in `ports.Attempts`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def list_closed(self, certificate_id: str, limit: int) -> tuple[ClosedAttempt, ...]:
        """Read all that are kept: their keys are random, so that the newest stand anywhere."""
        items = self._table.query(build_closed(certificate_id), MOST_READ)
        closed = sorted(map(read_attempt, items), key=lambda item: item.attempt.started_at, reverse=True)
        return tuple(closed[:limit])


def build_closed(certificate_id: str) -> Request:
    """Build the query for a certificate's closed attempts."""
    return {
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :attempt)",
        "ExpressionAttributeValues": {":pk": certificate_id, ":attempt": "attempt#"},
    }
