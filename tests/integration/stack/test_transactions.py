"""Transactions of the emulated tables: all or nothing, though little is copied."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.stack import client

KEYS = ("pk", "sk")
type Json = dict[str, Any]


@pytest.fixture
def table(moto_endpoint: str) -> Iterator[tuple[Any, str]]:
    """A client and a table with a stream; two items stand in one partition, one in another."""
    dynamodb = client("dynamodb", moto_endpoint)
    made = dynamodb.create_table(
        TableName="transactions",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in KEYS],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    for partition, sort in (("a", "1"), ("a", "2"), ("b", "1")):
        dynamodb.put_item(TableName="transactions", Item={**key(partition, sort), "value": {"S": "old"}})
    yield dynamodb, made["LatestStreamArn"]
    dynamodb.delete_table(TableName="transactions")


def key(partition: str, sort: str) -> Json:
    """Write a key as it travels."""
    return {"pk": {"S": partition}, "sk": {"S": sort}}


def update(partition: str, sort: str, condition: str = "attribute_exists(pk)") -> Json:
    """Build an update to a new value."""
    return {
        "Update": {
            "TableName": "transactions",
            "Key": key(partition, sort),
            "UpdateExpression": "SET #value = :new",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#value": "value"},
            "ExpressionAttributeValues": {":new": {"S": "new"}},
        }
    }


def values(dynamodb: Any) -> dict[str, str]:
    """Read all values by partition and sort key."""
    items = dynamodb.scan(TableName="transactions", ConsistentRead=True)["Items"]
    return {item["pk"]["S"] + item["sk"]["S"]: item["value"]["S"] for item in items}


def records(stream: str, endpoint: str) -> int:
    """Count the records of the table's stream."""
    streams = client("dynamodbstreams", endpoint)
    (shard,) = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    return len(streams.get_records(ShardIterator=iterator)["Records"])


def test_a_transaction_that_fails_leaves_everything_as_it_was(table: tuple[Any, str], moto_endpoint: str) -> None:
    """Items changed in place, new and deleted ones, in partitions that were there and new ones, and the stream."""
    dynamodb, stream = table
    put = {"Put": {"TableName": "transactions", "Item": {**key("c", "1"), "value": {"S": "new"}}}}
    delete = {"Delete": {"TableName": "transactions", "Key": key("a", "2")}}
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.transact_write_items(TransactItems=[update("a", "1"), put, delete, update("b", "9")])
    assert values(dynamodb) == {"a1": "old", "a2": "old", "b1": "old"}
    assert records(stream, moto_endpoint) == 3
    dynamodb.transact_write_items(TransactItems=[update("a", "1"), put, delete, update("b", "1")])
    assert values(dynamodb) == {"a1": "new", "b1": "new", "c1": "new"}
    assert records(stream, moto_endpoint) == 7
