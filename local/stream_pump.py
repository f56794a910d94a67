"""Take changes from a table's stream and invoke a function with them, as Lambda's event source mapping does."""

import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from local.bridge import Invoker
from local.sandbox import FunctionError
from local.template import REGION, StreamMapping, TemplateError

PAUSE_SECONDS = 0.5


class StreamPump:
    """Follows the one shard that a stream has on one machine; a batch that fails comes again, in order."""

    def __init__(self, streams: Any, stream_arn: str, mapping: StreamMapping, function: Invoker) -> None:
        self._streams = streams
        self._arn = stream_arn
        self._mapping = mapping
        self._function = function
        self._position = ""
        self._last_read = ""
        self._waiting: list[dict[str, Any]] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"stream-{mapping.table}", daemon=True)

    def start(self) -> None:
        """Go on in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more changes, and wait for the batch in hand."""
        self._stopping.set()
        self._thread.join()

    def pump_once(self) -> int:
        """Read what is new and invoke the function with at most one batch; tells how many records were dealt with."""
        self._read()
        batch = self._waiting[: self._mapping.batch_size]
        if not batch:
            return 0
        try:
            result = self._function.invoke({"Records": batch})
        except FunctionError as error:
            print(f"{self._mapping.function}: {error}", file=sys.stderr, flush=True)
            return 0
        done = _count_done(batch, result)
        del self._waiting[:done]
        return done

    def _read(self) -> None:
        """Read on; a position that no longer counts is given up, and the next read is after the last record."""
        self._position = self._position or self._find_position()
        try:
            answer = self._streams.get_records(ShardIterator=self._position)
        except (self._streams.exceptions.TrimmedDataAccessException, self._streams.exceptions.ExpiredIteratorException):
            self._position = ""
            return
        self._position = answer["NextShardIterator"]
        records = [build_record(record, self._arn) for record in answer["Records"]]
        if records:
            self._last_read = records[-1]["dynamodb"]["SequenceNumber"]
        self._waiting += [
            record for record in records if any(matches(pattern, record) for pattern in self._mapping.patterns)
        ]

    def _find_position(self) -> str:
        (shard,) = self._streams.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]
        after: dict[str, str] = {"ShardIteratorType": "TRIM_HORIZON"}
        if self._last_read:
            after = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._last_read}
        found: str = self._streams.get_shard_iterator(StreamArn=self._arn, ShardId=shard["ShardId"], **after)[
            "ShardIterator"
        ]
        return found

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self.pump_once():
                self._stopping.wait(PAUSE_SECONDS)


def matches(pattern: Any, value: Any) -> bool:
    """Tell whether a value matches a filter's pattern: literals and prefixes; raises `TemplateError` for others."""
    match pattern:
        case dict():
            return isinstance(value, Mapping) and all(matches(item, value.get(name)) for name, item in pattern.items())
        case list():
            return any(_matches_one(item, value) for item in pattern)
        case _:
            raise TemplateError(f"not a filter's pattern: {pattern}")


def _matches_one(choice: Any, value: Any) -> bool:
    match choice:
        case str():
            return bool(value == choice)
        case {"prefix": prefix}:
            return isinstance(value, str) and value.startswith(prefix)
        case _:
            raise TemplateError(f"not understood in a filter: {choice}")


def build_record(record: Mapping[str, Any], stream_arn: str) -> dict[str, Any]:
    """Build one record of the function's event from one of the stream."""
    change = dict(record["dynamodb"])
    change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
    return {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": record["eventVersion"],
        "eventSource": "aws:dynamodb",
        "eventSourceARN": stream_arn,
        "awsRegion": REGION,
        "dynamodb": change,
    }


def _count_done(batch: Sequence[Mapping[str, Any]], result: Any) -> int:
    """Count the records before the first that failed, as Lambda does where a function reports failures."""
    failed = {failure["itemIdentifier"] for failure in (result or {}).get("batchItemFailures", [])}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    return next((at for at, number in enumerate(numbers) if number in failed), len(batch))
