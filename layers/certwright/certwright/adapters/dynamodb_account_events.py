"""What happened to CA accounts, in DynamoDB: `pk = ca#<name>`, `sk = event#<ms>#<change>`, kept for 400 days.

They lie in the certificates table, whose stream announces every event there.
"""

from certwright.adapters.dynamodb_items import read_state, state_item
from certwright.adapters.dynamodb_table import Request, Table
from certwright.adapters.dynamodb_values import Item
from certwright.domain.account_event import AccountEvent
from certwright.domain.history import HISTORY_KEPT_SECONDS

PARTITION = "ca#"


class DynamoAccountEvents:
    """Fills in `ports.AccountEvents`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, event: AccountEvent) -> None:
        """Put one item."""
        self._table.put({"Item": account_event_item(event)})

    def list_newest(self, account: str, limit: int) -> tuple[AccountEvent, ...]:
        """Read from the newest back."""
        return tuple(read_account_event(item) for item in self._table.query(build_newest(account), limit))


def account_event_item(event: AccountEvent) -> Item:
    """Build the item of an event."""
    key = {"pk": PARTITION + event.account, "sk": f"event#{event.at:013}#{event.change.value}"}
    return state_item(key, event, expires_at=event.at // 1000 + HISTORY_KEPT_SECONDS)


def read_account_event(item: Item) -> AccountEvent:
    """Read an event; raises `BadItem`."""
    return read_state(AccountEvent, item)


def build_newest(account: str) -> Request:
    """Build the query for an account's events, newest first."""
    return {
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :event)",
        "ExpressionAttributeValues": {":pk": PARTITION + account, ":event": "event#"},
        "ScanIndexForward": False,
    }
