"""Writes answers and zones as the issuer does, for tests of the nodes."""

import time
from collections.abc import Iterable, Mapping
from uuid import uuid4

import boto3

from certwright.domain.answer import (
    GENERATIONS_KEY,
    NODES_PARTITION,
    Answer,
    Counter,
    Item,
    Key,
    NodeRow,
    ServedZone,
    build_answer_key,
    build_zone_key,
    decode_node,
    encode_answer,
    encode_zone,
    generation_attribute,
    is_visible,
    shard_of,
)


class TableWriter:
    """Puts, bumps and looks, on tables of the template's shape that it can make itself."""

    def __init__(self, endpoint: str, answers_table: str = "", nodes_table: str = "") -> None:
        self.answers_table = answers_table or f"answers-{uuid4().hex}"
        self.nodes_table = nodes_table or f"nodes-{uuid4().hex}"
        self.endpoint = endpoint
        self._database = boto3.resource("dynamodb", endpoint_url=endpoint)
        self._answers = self._database.Table(self.answers_table)
        self._nodes = self._database.Table(self.nodes_table)

    def make_tables(self) -> None:
        """Make both tables."""
        for name in (self.answers_table, self.nodes_table):
            self._database.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "S"},
                ],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            )

    def publish(self, *answers: Answer) -> Mapping[Counter, int]:
        """Put answers and bump their shards; returns the generations to wait for."""
        for answer in answers:
            self._answers.put_item(Item=encode_answer(answer))
        return self.bump(shard_of(answer) for answer in answers)

    def withdraw(self, *answers: Answer) -> Mapping[Counter, int]:
        """Delete answers and bump their shards."""
        for answer in answers:
            self._answers.delete_item(Key=build_answer_key(answer))
        return self.bump(shard_of(answer) for answer in answers)

    def publish_zone(self, zone: ServedZone) -> Mapping[Counter, int]:
        """Put a zone and bump the zones."""
        self._answers.put_item(Item=encode_zone(zone))
        return self.bump(["zones"])

    def remove_zone(self, origin: str) -> Mapping[Counter, int]:
        """Delete a zone and bump the zones."""
        self._answers.delete_item(Key=build_zone_key(origin))
        return self.bump(["zones"])

    def put_raw(self, item: Item) -> None:
        """Put an item as it is."""
        self._answers.put_item(Item=item)

    def delete_raw(self, key: Key) -> None:
        """Delete an item by its key."""
        self._answers.delete_item(Key=key)

    def bump(self, counters: Iterable[Counter]) -> Mapping[Counter, int]:
        """Add one to each counter; returns what they are then."""
        return {counter: self._bump_one(generation_attribute(counter)) for counter in set(counters)}

    def rows(self) -> list[NodeRow]:
        """Read all node rows, strongly consistent."""
        found = self._nodes.query(
            KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": NODES_PARTITION}, ConsistentRead=True
        )
        return [decode_node(item) for item in found["Items"]]

    def is_visible(self, wanted: Mapping[Counter, int]) -> bool:
        """Ask the issuer's question."""
        return is_visible(self.rows(), wanted, time.time_ns() // 1_000_000)

    def _bump_one(self, attribute: str) -> int:
        done = self._answers.update_item(
            Key=GENERATIONS_KEY,
            UpdateExpression="ADD #counter :one",
            ExpressionAttributeNames={"#counter": attribute},
            ExpressionAttributeValues={":one": 1},
            ReturnValues="UPDATED_NEW",
        )
        return int(str(done["Attributes"][attribute]))
