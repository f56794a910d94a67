"""moto's answers with values taken as they stand."""

from typing import Any

from local.attribute_values import TYPES
from local.stack import Stack

EVERY_TYPE: dict[str, dict[str, Any]] = {
    "text": {"S": "S"},
    "number": {"N": "1"},
    "bytes": {"B": b"\x00"},
    "flag": {"BOOL": False},
    "nothing": {"NULL": True},
    "list": {"L": [{"S": ""}, {"N": "0"}]},
    "map": {"M": {"S": {"S": "a key that is a type's name"}, "empty": {"M": {}}}},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "blobs": {"BS": [b"a"]},
}


def test_values_of_all_types_are_read_as_they_were_written(stack: Stack) -> None:
    """Each alone in its item beside the keys, and all together."""
    assert {kind for value in EVERY_TYPE.values() for kind in value} == TYPES
    database, table = stack.client("dynamodb"), stack.name("RegistryTable")
    key = {"pk": {"S": "S"}, "sk": {"S": "S"}}
    for values in (EVERY_TYPE, *({name: value} for name, value in EVERY_TYPE.items())):
        item = {**key, **values}
        database.put_item(TableName=table, Item=item)
        assert database.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"] == item
