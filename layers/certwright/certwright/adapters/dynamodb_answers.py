"""What the nodes serve, as the issuer writes it to DynamoDB; items and keys are `domain.answer`'s."""

from collections.abc import Callable, Iterable, Mapping

from certwright.adapters.dynamodb_table import Key, Request, Table
from certwright.domain.answer import (
    GENERATIONS_KEY,
    Answer,
    Counter,
    ServedZone,
    build_answer_key,
    build_zone_key,
    encode_answer,
    encode_zone,
    generation_attribute,
    shard_of,
)


class DynamoAnswers:
    """Fills in `ports.Answers`. The items are always written before the generations that announce them."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def publish(self, answers: Iterable[Answer]) -> Mapping[Counter, int]:
        """Put the answers in batches, then move all their shards on at once."""
        wanted = tuple(answers)
        self._table.write_all(build_writes(wanted, build_put))
        return self._move_on(wanted)

    def withdraw(self, answers: Iterable[Answer]) -> None:
        """Delete the answers in batches, then move all their shards on at once."""
        unwanted = tuple(answers)
        self._table.write_all(build_writes(unwanted, build_delete))
        self._move_on(unwanted)

    def publish_zone(self, zone: ServedZone) -> int:
        """Put the zone, then move the zones on."""
        self._table.put({"Item": encode_zone(zone)})
        return self._move_zones_on()

    def withdraw_zone(self, origin: str) -> int:
        """Delete the zone, then move the zones on."""
        self._table.delete({"Key": build_zone_key(origin)})
        return self._move_zones_on()

    def _move_on(self, answers: Iterable[Answer]) -> dict[Counter, int]:
        shards = sorted({shard_of(answer) for answer in answers})
        if not shards:
            return {}
        counts = self._table.update(build_move(shards))
        moved: list[Counter] = [*shards, "zones"]
        return {counter: int(counts.get(generation_attribute(counter), 0)) for counter in moved}

    def _move_zones_on(self) -> int:
        return int(self._table.update(build_move(["zones"]))["zones"])


def build_put(answer: Answer) -> Mapping[str, Request]:
    """Build one write of a batch that puts an answer."""
    return {"PutRequest": {"Item": encode_answer(answer)}}


def build_delete(answer: Answer) -> Mapping[str, Request]:
    """Build one write of a batch that deletes an answer."""
    return {"DeleteRequest": {"Key": build_answer_key(answer)}}


def build_writes(
    answers: Iterable[Answer], build: Callable[[Answer], Mapping[str, Request]]
) -> list[Mapping[str, Request]]:
    """Build a batch that writes each key once: DynamoDB refuses one that does so twice."""
    by_key = {_position(build_answer_key(answer)): build(answer) for answer in answers}
    return list(by_key.values())


def build_move(counters: Iterable[Counter]) -> Request:
    """Build the update that moves counters on, each by one."""
    names = [generation_attribute(counter) for counter in counters]
    return {
        "Key": GENERATIONS_KEY,
        "UpdateExpression": "ADD " + ", ".join(f"#{name} :one" for name in names),
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
        "ExpressionAttributeValues": {":one": 1},
        "ReturnValues": "ALL_NEW",
    }


def _position(key: Key) -> tuple[str, str]:
    return key["pk"], key["sk"]
