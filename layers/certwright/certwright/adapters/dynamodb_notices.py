"""Notices of zones and delegations, in DynamoDB: `pk = notice#<id>`, `sk = event#<ms>#<state>`."""

from certwright.adapters.dynamodb_history import event_item
from certwright.adapters.dynamodb_items import read_state
from certwright.adapters.dynamodb_table import Table
from certwright.adapters.dynamodb_values import Item
from certwright.domain.notice import Notice

PARTITION = "notice#"


class DynamoNotices:
    """Fills in `ports.Notices`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, notice: Notice) -> None:
        """Put one item."""
        self._table.put({"Item": notice_item(notice)})


def notice_item(notice: Notice) -> Item:
    """Build the item of a notice."""
    return event_item(PARTITION + notice.id, notice, notice.state)


def read_notice(item: Item) -> Notice:
    """Read a notice; raises `BadItem`."""
    return read_state(Notice, item)
