"""Values in answers of moto's DynamoDB that cost no search.

A value is a mapping with one key, the name of its type. moto looks for each of the ten types there, under every name
that other services' objects might have for it, which takes most of the time of a read.
"""

from functools import cache
from typing import Any

from moto.core.serialize import AttributePicker, AttributePickerContext

TYPES = frozenset({"B", "BOOL", "BS", "L", "M", "N", "NS", "NULL", "S", "SS"})


@cache
def make_values_cheap() -> None:
    """Let moto of this process take a value's type as it stands; done once."""
    pickers: Any = AttributePicker
    search = AttributePicker.__call__

    def pick(picker: AttributePicker, context: AttributePickerContext) -> Any:
        value = context.obj
        is_typed = isinstance(value, dict) and len(value) == 1 and not TYPES.isdisjoint(value)
        service = context.service_model
        if is_typed and service and service.service_name == "dynamodb":
            return value.get(context.key)
        return search(picker, context)

    pickers.__call__ = pick
