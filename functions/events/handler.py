"""Announces every change of a certificate's state or of a CA account, as the table's stream tells of it."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from certwright import bootstrap
from certwright.domain.account_event import AccountEvent
from certwright.flows.announce import announce_account_event, announce_event

logger = Logger(service="certwright-events")
processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)


@cache
def crier() -> bootstrap.Crier:
    """Build what announces, at the first record."""
    return bootstrap.build_crier()


def announce(record: DynamoDBRecord) -> None:
    """Announce the event that was put into the table."""
    parts = crier()
    found = parts.read_image(record.raw_event["dynamodb"]["NewImage"])
    about = {"ca": found.account} if isinstance(found, AccountEvent) else {"certificate": found[0]}
    with logger.append_context_keys(**about):
        try:
            if isinstance(found, AccountEvent):
                announce_account_event(parts.bus, found)
            else:
                announce_event(parts.overview, parts.bus, *found)
        except Exception:
            logger.exception("announcing failed; the stream brings the event again")
            raise


def handler(event: dict[str, Any], context: Any) -> Any:
    """Take the records of one invocation; from the first that failed on, they come again."""
    return process_partial_response(event, announce, processor, context)
