"""Transactions of moto's DynamoDB that cost what they touch.

Before each transaction moto copies its tables, all items and stream records of them, once for each write. With 500
certificates that takes seconds. What a transaction can change, and has to be put back when it fails, is the partitions
it names; one copy of each table is enough, since all are made before the first write.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any
from unittest.mock import patch

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

type Transact = Callable[[DynamoDBBackend, list[Any]], None]


@cache
def make_transactions_cheap() -> None:
    """Let moto of this process copy what is touched; done once. Transactions have to come one by one."""
    backends: Any = DynamoDBBackend
    backends.transact_write_items = _cheaply(DynamoDBBackend.transact_write_items)


def _cheaply(transact: Transact) -> Transact:
    @wraps(transact)
    def wrapped(backend: DynamoDBBackend, writes: list[Any]) -> None:
        requests = [request for write in writes for request in write.values()]
        with _copying([request.get("Key") or request.get("Item") or {} for request in requests]):
            transact(backend, writes)

    return wrapped


@contextmanager
def _copying(keys: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Have tables copied once, with the partitions of these keys alone; the rest is shared with the copy."""

    @cache
    def copy_once(table: Table) -> Table:
        backup = copy.copy(table)
        backup.items = copy.copy(table.items)
        for partition in {DynamoType(key[table.hash_key_attr]) for key in keys if table.hash_key_attr in key}:
            if partition in backup.items:
                backup.items[partition] = copy.deepcopy(table.items[partition])
        if table.stream_shard:
            backup.stream_shard = copy.copy(table.stream_shard)
            backup.stream_shard.table, backup.stream_shard.items = backup, list(table.stream_shard.items)
        return backup

    with patch.object(Table, "__deepcopy__", lambda table, _: copy_once(table), create=True):
        yield
