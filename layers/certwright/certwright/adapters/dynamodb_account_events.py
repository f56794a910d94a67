"""What happened to CA accounts, in DynamoDB: `pk = ca#<name>`, `sk = event#<ms>#<change>`."""

from certwright.adapters.dynamodb_history import build_events_query, event_item
from certwright.adapters.dynamodb_items import read_state
from certwright.adapters.dynamodb_table import Table
from certwright.adapters.dynamodb_values import Item
from certwright.domain.account_event import AccountEvent

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
        found = self._table.query(build_events_query(PARTITION + account), limit)
        return tuple(read_account_event(item) for item in found)


def account_event_item(event: AccountEvent) -> Item:
    """Build the item of an event."""
    return event_item(PARTITION + event.account, event, event.change.value)


def read_account_event(item: Item) -> AccountEvent:
    """Read an event; raises `BadItem`."""
    return read_state(AccountEvent, item)
