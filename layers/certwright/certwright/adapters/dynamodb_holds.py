"""Holds on account, names and profile, in DynamoDB."""

from certwright.adapters.dynamodb_certificate_items import hold_item, hold_item_key, read_holder
from certwright.adapters.dynamodb_items import TELL_WHAT_STANDS
from certwright.adapters.dynamodb_table import ConditionFailed, Request, Table
from certwright.domain.errors import Unavailable
from certwright.ports import Holder


class DynamoHolds:
    """Fills in `ports.Holds`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, key: str) -> Holder | None:
        """Read one item."""
        item = self._table.get(hold_item_key(key))
        return read_holder(item) if item else None

    def take(self, key: str, holder: Holder, instead_of: Holder | None = None) -> Holder:
        """Put the hold if it is absent or `instead_of`'s; else tell who has it."""
        try:
            self._table.put(build_take(key, holder, instead_of))
        except ConditionFailed as failed:
            if failed.item is None:
                raise Unavailable("A hold went away while it was looked at: try again.") from failed
            return read_holder(failed.item)
        return holder


def build_take(key: str, holder: Holder, instead_of: Holder | None) -> Request:
    """Build the conditional put."""
    request: Request = {
        "Item": hold_item(key, holder),
        "ConditionExpression": "attribute_not_exists(pk)",
        **TELL_WHAT_STANDS,
    }
    if instead_of:
        request["ConditionExpression"] += " OR (certificate = :certificate AND attempt = :attempt)"
        request["ExpressionAttributeValues"] = {
            ":certificate": instead_of.certificate,
            ":attempt": instead_of.attempt,
        }
    return request
