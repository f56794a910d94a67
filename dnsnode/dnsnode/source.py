"""The tables, the only importer of boto3 here. Every read is strongly consistent."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from certwright.domain.answer import (
    GENERATIONS_KEY,
    ZONES_PARTITION,
    Answer,
    BadItem,
    Generations,
    NodeRow,
    ServedZone,
    build_node_key,
    decode_answer,
    decode_generations,
    decode_zone,
    encode_node,
    shard_partition,
)

CONNECT_SECONDS = 1.0
READ_SECONDS = 2.0


class SourceUnavailable(Exception):
    """A table did not answer properly; the next poll tries again."""


@dataclass(frozen=True, slots=True)
class Partition[T]:
    """What a partition holds: the good items, and a sentence for each bad one."""

    items: tuple[T, ...]
    problems: tuple[str, ...]


class TableSource:
    """Two DynamoDB tables; each method is one blocking call, or one query with its pages, without retries."""

    def __init__(self, answers_table: str, nodes_table: str) -> None:
        config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 1})
        tables = boto3.resource("dynamodb", config=config)
        self._answers = tables.Table(answers_table)
        self._nodes = tables.Table(nodes_table)

    def read_generations(self) -> Generations:
        """Read the counters; raises `SourceUnavailable`."""
        with _unavailable("generations"):
            found = self._answers.get_item(Key=GENERATIONS_KEY, ConsistentRead=True)
            return decode_generations(found.get("Item"))

    def read_shard(self, number: int) -> Partition[Answer]:
        """Read one shard of answers; raises `SourceUnavailable`."""
        return self._read_partition(shard_partition(number), decode_answer)

    def read_zones(self) -> Partition[ServedZone]:
        """Read the zones; raises `SourceUnavailable`."""
        return self._read_partition(ZONES_PARTITION, decode_zone)

    def write_row(self, row: NodeRow) -> None:
        """Write this node's row, but never over a later lease: a write that lands late must not shorten the promise.

        Raises `SourceUnavailable`; then the row may be written or not.
        """
        condition = Attr("lease_until").not_exists() | Attr("lease_until").lte(row.lease_until)
        with _unavailable("the node's row"):
            self._nodes.put_item(Item=encode_node(row), ConditionExpression=condition)

    def delete_row(self, task: str) -> None:
        """Take this node's row away; raises `SourceUnavailable`."""
        with _unavailable("the node's row"):
            self._nodes.delete_item(Key=build_node_key(task))

    def _read_partition[T](self, partition: str, decode: Callable[[Mapping[str, object]], T]) -> Partition[T]:
        good: list[T] = []
        problems: list[str] = []
        with _unavailable(partition):
            for item in self._query(partition):
                try:
                    good.append(decode(item))
                except BadItem as error:
                    problems.append(str(error))
        return Partition(tuple(good), tuple(problems))

    def _query(self, partition: str) -> Iterator[Mapping[str, object]]:
        condition = Key("pk").eq(partition)
        page = self._answers.query(KeyConditionExpression=condition, ConsistentRead=True)
        yield from page["Items"]
        while "LastEvaluatedKey" in page:
            start = page["LastEvaluatedKey"]
            page = self._answers.query(KeyConditionExpression=condition, ConsistentRead=True, ExclusiveStartKey=start)
            yield from page["Items"]


@contextmanager
def _unavailable(what: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, BadItem) as error:
        raise SourceUnavailable(f"{what}: {error}") from error
