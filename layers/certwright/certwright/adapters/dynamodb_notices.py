"""Notices of zones and delegations, in DynamoDB: `pk = notice#<id>`, `sk = event#<ms>#<state>`, kept for 400 days.

They lie in the certificates table, whose stream announces every event there.
"""

from certwright.adapters.dynamodb_items import read_state, state_item
from certwright.adapters.dynamodb_table import Table
from certwright.adapters.dynamodb_values import Item
from certwright.domain.history import HISTORY_KEPT_SECONDS
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
    key = {"pk": PARTITION + notice.id, "sk": f"event#{notice.at:013}#{notice.state}"}
    return state_item(key, notice, expires_at=notice.at // 1000 + HISTORY_KEPT_SECONDS)


def read_notice(item: Item) -> Notice:
    """Read a notice; raises `BadItem`."""
    return read_state(Notice, item)
