"""Take messages from a queue and invoke a function with them, as Lambda's event source mapping does."""

import sys
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from local.bridge import Invoker
from local.sandbox import FunctionError
from local.template import REGION, QueueMapping

WAIT_SECONDS = 1


class QueuePump:
    """Some workers, each with one batch in hand at a time; what is not deleted comes back by itself."""

    def __init__(self, sqs: Any, queue_url: str, mapping: QueueMapping, function: Invoker) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._mapping = mapping
        self._function = function
        self._arn = f"arn:aws:sqs:{REGION}:{queue_url.rstrip('/').split('/')[-2]}:{queue_url.rpartition('/')[2]}"
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, workers: int) -> None:
        """Start the workers, no more than the template's MaximumConcurrency."""
        for number in range(min(workers, self._mapping.maximum_concurrency)):
            thread = threading.Thread(target=self._work, name=f"pump-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Take no more messages, and wait for the batches in hand."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def pump_once(self) -> int:
        """Take at most one batch and invoke the function with it; tells how many messages were dealt with."""
        messages = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=self._mapping.batch_size,
            WaitTimeSeconds=WAIT_SECONDS,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not messages:
            return 0
        try:
            result = self._function.invoke({"Records": [build_record(message, self._arn) for message in messages]})
        except FunctionError as error:
            print(f"{self._mapping.function}: {error}", file=sys.stderr, flush=True)
            return 0
        done = list(self._succeeded(messages, result))
        for message in done:
            self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])
        return len(done)

    def _succeeded(self, messages: list[Mapping[str, Any]], result: Any) -> Iterable[Mapping[str, Any]]:
        failures = (result or {}).get("batchItemFailures", []) if self._mapping.reports_failures else []
        failed = {failure["itemIdentifier"] for failure in failures}
        return (message for message in messages if message["MessageId"] not in failed)

    def _work(self) -> None:
        while not self._stopping.is_set():
            self.pump_once()


def build_record(message: Mapping[str, Any], queue_arn: str) -> dict[str, Any]:
    """Build one record of the function's event from a received message."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: {key[0].lower() + key[1:]: value for key, value in attribute.items()}
            for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }
