"""The work queue in SQS; a message's body is a certificate's id."""

import random
import time
from collections.abc import Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from certwright.adapters.aws import translating
from certwright.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_DELAY_SECONDS = 900
_BATCH = 10
"""So many messages SendMessageBatch takes."""
_PAUSES = (0.1, 0.2, 0.4)
"""Seconds before the refused entries of a batch are sent again."""


class SqsQueue:
    """Fills in `ports.Queue`."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, certificate_id: str, delay_seconds: int = 0) -> None:
        """Send one message; a delay beyond 15 minutes is cut: whoever comes early finds nothing due."""
        delay = min(max(delay_seconds, 0), MAX_DELAY_SECONDS)
        with translating("sqs"):
            self._client.send_message(QueueUrl=self._url, MessageBody=certificate_id, DelaySeconds=delay)

    def send_all(self, certificate_ids: Sequence[str]) -> None:
        """Send in batches of ten, refused entries again; `Unavailable` when some are refused to the end."""
        for batch in batched(certificate_ids, _BATCH, strict=False):
            self._send_batch(build_entries(batch))

    def depth(self) -> int:
        """Read the approximate number of messages that are visible, delayed ones not counted."""
        with translating("sqs"):
            answer = self._client.get_queue_attributes(
                QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessages"]
            )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def _send_batch(self, entries: list[dict[str, str]]) -> None:
        for pause in (*_PAUSES, None):
            entries = self._send_entries(entries)
            if not entries:
                return
            if pause is not None:
                time.sleep(pause * (1 + random.random()))  # noqa: S311 - spreads retries, nothing secret
        raise Unavailable(f"AWS sqs refused {len(entries)} messages: try again.", code="sqs-unavailable")

    def _send_entries(self, entries: Any) -> list[dict[str, str]]:
        """Send a batch and return the entries that were refused."""
        with translating("sqs"):
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        refused = {failure["Id"] for failure in answer.get("Failed", ())}
        return [entry for entry in entries if entry["Id"] in refused]


def build_entries(certificate_ids: Sequence[str]) -> list[dict[str, str]]:
    """Build the entries of one batch, numbered."""
    return [{"Id": str(at), "MessageBody": certificate_id} for at, certificate_id in enumerate(certificate_ids)]
