"""What happened, in DynamoDB: `sk = event#<ms>#<what>`, kept for 400 days, beside whatever it happened to.

All of it lies in the certificates table, whose stream announces it.
"""

from typing import Protocol

from certwright.adapters.dynamodb_items import state_item
from certwright.adapters.dynamodb_table import Request
from certwright.adapters.dynamodb_values import Item
from certwright.domain.history import HISTORY_KEPT_SECONDS

_PREFIX = "event#"


class Happened(Protocol):
    """Something with its time, in epoch milliseconds."""

    @property
    def at(self) -> int:
        """When it happened."""
        ...


def event_item(partition: str, event: Happened, what: str) -> Item:
    """Build the item of something that happened; `what` tells those of one millisecond apart."""
    key = {"pk": partition, "sk": f"{_PREFIX}{event.at:013}#{what}"}
    return state_item(key, event, expires_at=event.at // 1000 + HISTORY_KEPT_SECONDS)


def build_events_query(partition: str) -> Request:
    """Build the query for what happened, newest first."""
    return {
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :event)",
        "ExpressionAttributeValues": {":pk": partition, ":event": _PREFIX},
        "ScanIndexForward": False,
    }
