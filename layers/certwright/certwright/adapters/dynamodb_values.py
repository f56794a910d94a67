"""DynamoDB's attribute values and plain Python values, one to one; whole numbers stay int.

boto3's own serializer makes every number a Decimal, both ways.
"""

from collections.abc import Mapping
from typing import Any

type Value = str | int | bool | bytes | frozenset[str] | list[Value] | dict[str, Value] | None
type Item = dict[str, Any]
"""An item in plain values."""
type WireItem = dict[str, dict[str, Any]]


def marshal(item: Mapping[str, Any]) -> WireItem:
    """Turn plain values into attribute values; raises `TypeError` for what DynamoDB can't hold."""
    return {name: _to_wire(value) for name, value in item.items()}


def unmarshal(item: Mapping[str, Mapping[str, Any]]) -> Item:
    """Turn attribute values into plain values."""
    return {name: _from_wire(value) for name, value in item.items()}


def _to_wire(value: Value) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case frozenset():
            return {"SS": sorted(value)}
        case list():
            return {"L": [_to_wire(item) for item in value]}
        case dict():
            return {"M": marshal(value)}
        case _:
            raise TypeError(f"DynamoDB can't hold a {type(value).__name__}")


def _from_wire(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "S" | "B" | "BOOL":
            return content
        case "N":
            return int(content)
        case "NULL":
            return None
        case "SS":
            return frozenset(content)
        case "L":
            return [_from_wire(item) for item in content]
        case "M":
            return unmarshal(content)
        case _:
            raise TypeError(f"{kind} is no kind of attribute that is stored here")
