"""Answers, the zones they live in and the nodes' acknowledgements, as the issuer writes and the node reads them.

Table `answers` (partition key `pk`, sort key `sk`, both strings; `expires_at` in epoch seconds is the TTL attribute):

    pk = shard#<hex digit>   sk = txt#<fqdn>#<attempt>#<value>    one TXT value of one attempt
    pk = shard#<hex digit>   sk = http#<token>#<attempt>          one HTTP-01 body for one attempt
    pk = zones               sk = <origin>                        a served zone
    pk = meta                sk = generations                     the counters g0 … g15 and zones

Table `nodes` (the same keys): pk = nodes, sk = node#<task>: what one node has acknowledged, and until when it serves.

The attempt is part of a key, so that withdrawing one attempt's answer never takes away another's: two orders of one
account may share an authorization, and with it the token.
Items are plain dictionaries of strings and integers; `Decimal` is tolerated in what is read.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from ipaddress import ip_address
from typing import Final, Literal

SHARDS: Final = 16
CLOCK_SKEW_MS: Final = 5000
"""How long after the end of its lease a silent node must still be waited for."""
NODE_ROW_KEPT_SECONDS: Final = 86_400
"""How long after its lease the row of a node that crashed is left for people to look at."""

MAX_ORIGIN_LENGTH: Final = 253 - len("00000000-0000-0000-0000-000000000000.")
"""What a fulldomain, `<uuid>.<origin>`, leaves for the origin of a zone; names have at most 253 characters."""

type Counter = int | Literal["zones"]
"""One generation counter: a shard's number, or `zones`."""
type Key = dict[str, str]
type Item = dict[str, str | int | list[str]]

GENERATIONS_KEY: Final[Key] = {"pk": "meta", "sk": "generations"}
ZONES_PARTITION: Final = "zones"
NODES_PARTITION: Final = "nodes"

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_-]{1,63})*")
_HOST = re.compile(rf"{_NAME.pattern}|\[[0-9a-f:.]{{2,45}}\]")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VALUE = re.compile(r"[!-\"$-~]{1,255}")
_BODY = re.compile(r"[!-~]{1,127}")
_ATTEMPT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ADDRESS = re.compile(r"[0-9a-f.:]{2,45}")


class BadItem(ValueError):
    """An item in the table is not what its key says; the message names its key and `reason`, the attribute."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"item {key}: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TxtAnswer:
    """One TXT value at `name` (lower case, no final dot) for one attempt, until `expires_at` (epoch seconds)."""

    name: str
    value: str
    attempt: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One HTTP-01 body for `host` (lower case, no final dot, no port), until `expires_at` (epoch seconds)."""

    token: str
    host: str
    body: str
    attempt: str
    expires_at: int


type Answer = TxtAnswer | HttpAnswer


@dataclass(frozen=True, slots=True)
class ServedZone:
    """A zone that the nodes serve; names in lower case without final dot, addresses are those of the name servers."""

    origin: str
    name_servers: tuple[str, ...]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Generations:
    """The counters that say whether a shard, or the set of zones, has moved."""

    shards: tuple[int, ...] = (0,) * SHARDS
    zones: int = 0

    def __getitem__(self, counter: Counter) -> int:
        return self.zones if counter == "zones" else self.shards[counter]

    def covers(self, wanted: Mapping[Counter, int]) -> bool:
        """Tell whether every wanted generation has been reached."""
        return all(self[counter] >= generation for counter, generation in wanted.items())


@dataclass(frozen=True, slots=True)
class NodeRow:
    """What one node acknowledges; `lease_until` and `started_at` are epoch milliseconds by the tables' clock.

    `beat` counts the node's writes: a write that lands late, after one with a higher count, is refused.
    """

    task: str
    acks: Generations
    lease_until: int
    problems: tuple[str, ...]
    started_at: int
    beat: int = 0


def shard(key: str) -> int:
    """Choose the shard, 0 to 15, of a lower-case FQDN without final dot, or of an HTTP-01 token."""
    return sha256(key.encode()).digest()[0] >> 4


def shard_of(answer: Answer) -> int:
    """Choose the shard that an answer lives in, the one whose generation moves with it."""
    return shard(answer.name if isinstance(answer, TxtAnswer) else answer.token)


def shard_partition(number: int) -> str:
    """Build the partition key of one shard."""
    return f"shard#{number:x}"


def generation_attribute(counter: Counter) -> str:
    """Name the attribute of the generations item, and of a node's row, that holds a counter."""
    return "zones" if counter == "zones" else f"g{counter}"


def build_answer_key(answer: Answer) -> Key:
    """Build the key that an answer is put at and withdrawn from."""
    if isinstance(answer, TxtAnswer):
        sort = f"txt#{answer.name}#{answer.attempt}#{answer.value}"
    else:
        sort = f"http#{answer.token}#{answer.attempt}"
    return {"pk": shard_partition(shard_of(answer)), "sk": sort}


def build_zone_key(origin: str) -> Key:
    """Build the key of a served zone from its origin (lower case, no final dot)."""
    return {"pk": ZONES_PARTITION, "sk": origin}


def build_node_key(task: str) -> Key:
    """Build the key of a node's row in the nodes table."""
    return {"pk": NODES_PARTITION, "sk": f"node#{task}"}


def encode_answer(answer: Answer) -> Item:
    """Build the item of an answer; raises `BadItem` for one that the nodes would refuse to serve."""
    item: Item = {**build_answer_key(answer), "attempt": answer.attempt, "expires_at": answer.expires_at}
    if isinstance(answer, TxtAnswer):
        item |= {"name": answer.name, "value": answer.value}
    else:
        item |= {"token": answer.token, "host": answer.host, "body": answer.body}
    decode_answer(item)
    return item


def decode_answer(item: Mapping[str, object]) -> Answer:
    """Read an answer from its item; raises `BadItem` when an attribute is missing, malformed or contradicts the key."""
    read = _Reader(item)
    attempt, expires_at = read.text("attempt", _ATTEMPT), read.number("expires_at")
    answer: Answer
    if read.sort.startswith("txt#"):
        answer = TxtAnswer(read.text("name", _NAME), read.text("value", _VALUE), attempt, expires_at)
    elif read.sort.startswith("http#"):
        answer = HttpAnswer(
            read.text("token", _TOKEN), read.text("host", _HOST), read.text("body", _BODY), attempt, expires_at
        )
    else:
        raise read.bad("sk", "must begin with txt# or http#")
    read.expect_key(_key_without_attempt(answer) if read.sort.count("#") == 1 else build_answer_key(answer))
    return answer


def _key_without_attempt(answer: Answer) -> Key:
    """Build the key that earlier versions put an HTTP-01 body at; such items are read until they expire."""
    key = build_answer_key(answer)
    return {**key, "sk": key["sk"].rpartition("#")[0]}


def encode_zone(zone: ServedZone) -> Item:
    """Build the item of a served zone; raises `BadItem` for one that the nodes would refuse to serve."""
    item: Item = {
        **build_zone_key(zone.origin),
        "origin": zone.origin,
        "name_servers": list(zone.name_servers),
        "addresses": list(zone.addresses),
    }
    decode_zone(item)
    return item


def decode_zone(item: Mapping[str, object]) -> ServedZone:
    """Read a served zone from its item; raises `BadItem` as `decode_answer` does."""
    read = _Reader(item)
    zone = ServedZone(read.text("origin", _NAME), read.texts("name_servers", _NAME), read.texts("addresses", _ADDRESS))
    read.expect_key(build_zone_key(zone.origin))
    if len(zone.origin) > MAX_ORIGIN_LENGTH:
        raise read.bad("origin", "leaves no room for the names in it")
    if not zone.name_servers:
        raise read.bad("name_servers", "must name at least one name server")
    for address in zone.addresses:
        try:
            ip_address(address)
        except ValueError:
            raise read.bad("addresses", f"holds {address!r}, which is no IP address") from None
    return zone


def encode_generations(generations: Generations) -> dict[str, int]:
    """Spread the counters over the attributes g0 … g15 and zones."""
    counters: tuple[Counter, ...] = (*range(SHARDS), "zones")
    return {generation_attribute(counter): generations[counter] for counter in counters}


def decode_generations(item: Mapping[str, object] | None) -> Generations:
    """Read the counters; one that was never moved is 0, and so is every one where there is no item yet."""
    read = _Reader(item or GENERATIONS_KEY)
    counts = [read.number(generation_attribute(number), default=0) for number in range(SHARDS)]
    return Generations(tuple(counts), read.number("zones", default=0))


def encode_node(row: NodeRow) -> Item:
    """Build the item of a node's row, which the table drops a day after the lease has ended."""
    return {
        **build_node_key(row.task),
        **encode_generations(row.acks),
        "task": row.task,
        "lease_until": row.lease_until,
        "problems": list(row.problems),
        "started_at": row.started_at,
        "beat": row.beat,
        "expires_at": row.lease_until // 1000 + NODE_ROW_KEPT_SECONDS,
    }


def decode_node(item: Mapping[str, object]) -> NodeRow:
    """Read a node's row; raises `BadItem` as `decode_answer` does."""
    read = _Reader(item)
    return NodeRow(
        task=read.text("task", _ATTEMPT),
        acks=decode_generations(item),
        lease_until=read.number("lease_until"),
        problems=read.texts("problems", re.compile(r".*", re.DOTALL)),
        started_at=read.number("started_at"),
        beat=read.number("beat", default=0),
    )


def is_visible(rows: Iterable[NodeRow], wanted: Mapping[Counter, int], now_ms: int) -> bool:
    """Tell whether every node that may be serving serves what was published as `wanted`.

    `wanted` maps counters to the generations that the publication's bumps returned; `rows` are all node rows, read
    strongly consistent after them. A node whose lease ended more than `CLOCK_SKEW_MS` ago no longer serves TXT.
    """
    has_live_node = False
    for row in rows:
        if row.lease_until + CLOCK_SKEW_MS < now_ms:
            continue
        if not row.acks.covers(wanted):
            return False
        has_live_node = has_live_node or row.lease_until > now_ms
    return has_live_node


class _Reader:
    """Reads typed attributes of one item; each failure names the item's key and the attribute."""

    def __init__(self, item: Mapping[str, object]) -> None:
        self._item = item
        self.sort = str(item.get("sk", ""))

    def bad(self, attribute: str, reason: str) -> BadItem:
        return BadItem(f"{self._item.get('pk')!s}/{self.sort[:80]}", f"attribute {attribute} {reason}")

    def text(self, attribute: str, pattern: re.Pattern[str]) -> str:
        value = self._item.get(attribute)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self.bad(attribute, "is missing or malformed")
        return value

    def texts(self, attribute: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        value = self._item.get(attribute)
        if not isinstance(value, list) or not all(isinstance(text, str) and pattern.fullmatch(text) for text in value):
            raise self.bad(attribute, "is missing or malformed")
        return tuple(value)

    def number(self, attribute: str, default: int | None = None) -> int:
        value = self._item.get(attribute, default)
        if not isinstance(value, int | Decimal) or isinstance(value, bool) or value < 0 or int(value) != value:
            raise self.bad(attribute, "is not a whole number of 0 or more")
        return int(value)

    def expect_key(self, key: Key) -> None:
        for attribute, wanted in key.items():
            if self._item.get(attribute) != wanted:
                raise self.bad(attribute, "does not fit the item's other attributes")
