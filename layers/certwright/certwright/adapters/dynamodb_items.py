"""What the items of all tables have in common.

A domain value lies under `state`; beside it stand the attributes that keys, indexes and conditions need. `shape` is the
version of an item's layout.
"""

from typing import Any, Final

from certwright.adapters.dynamodb_table import ConditionFailed, Key, Request, Table
from certwright.adapters.dynamodb_values import Item
from certwright.adapters.item_codec import decode, encode
from certwright.domain.errors import Unavailable

SHAPE: Final = 1

TELL_WHAT_STANDS: Final[Request] = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
"""Has a failed condition return the item that stands there."""

STATE: Final[dict[str, Any]] = {"#state": "state"}
"""The name that requests need, since DynamoDB reserves the word."""


def state_item(key: Key, value: object, **beside: str | int) -> Item:
    """Build the item of a domain value."""
    return {**key, "shape": SHAPE, **beside, "state": encode(value)}


def read_state[T](cls: type[T], item: Item) -> T:
    """Read the domain value of an item; raises `BadItem`."""
    return decode(cls, item.get("state"), name_of(item))


def name_of(item: Item) -> str:
    """Name an item for an error's message."""
    return f"{item.get('pk')}/{item.get('sk')}"


def build_put_if_absent(item: Item) -> Request:
    """Build the put of an item that must not be there."""
    return {"Item": item, "ConditionExpression": "attribute_not_exists(pk)", **TELL_WHAT_STANDS}


def obtain(table: Table, item: Item) -> Item:
    """Put an item unless there is one, and return the one that is there then."""
    try:
        table.put(build_put_if_absent(item))
    except ConditionFailed as failed:
        if failed.item is None:
            raise Unavailable(f"{name_of(item)} went away while it was looked at: try again.") from failed
        return failed.item
    return item
