"""The dead letters' queue in SQS."""

from collections.abc import Iterable, Sequence
from itertools import batched
from typing import TYPE_CHECKING

from certwright.adapters.aws import translating
from certwright.domain.dead_letter import DeadLetter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HOLD_SECONDS = 60
"""So long a message that was taken is not given to others."""
_BATCH = 10
"""So many messages one request takes."""


class SqsDeadLetters:
    """Fills in `ports.DeadLetters`."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def take(self) -> tuple[DeadLetter, ...]:
        """Receive up to ten messages, asking all of the queue's servers."""
        with translating("sqs"):
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=HOLD_SECONDS,
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["SentTimestamp"],
            )
        return tuple(
            DeadLetter(item["MessageId"], item["Body"], int(item["Attributes"]["SentTimestamp"]), item["ReceiptHandle"])
            for item in answer.get("Messages", ())
        )

    def release(self, letters: Sequence[DeadLetter]) -> None:
        """Make them visible at once."""
        for batch in batched(letters, _BATCH, strict=False):
            entries = [{**entry, "VisibilityTimeout": 0} for entry in _entries(batch)]
            with translating("sqs"):
                self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]  # a typed dictionary

    def remove(self, letters: Sequence[DeadLetter]) -> None:
        """Delete them; one that is refused comes again when its hold ends."""
        for batch in batched(letters, _BATCH, strict=False):
            with translating("sqs"):
                self._client.delete_message_batch(QueueUrl=self._url, Entries=_entries(batch))  # type: ignore[arg-type]  # a typed dictionary


def _entries(letters: Iterable[DeadLetter]) -> list[dict[str, str]]:
    return [{"Id": str(at), "ReceiptHandle": letter.handle} for at, letter in enumerate(letters)]
