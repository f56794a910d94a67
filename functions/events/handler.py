"""Announces what becomes of certificates, CA accounts, zones and delegations, as the table's stream tells of it."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from certwright import bootstrap
from certwright.domain.account_event import AccountEvent
from certwright.domain.certificate import Event
from certwright.domain.notice import Notice
from certwright.flows.announce import announce_account_event, announce_event, announce_what_was_noticed

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
    with logger.append_context_keys(**_about(found)):
        try:
            if isinstance(found, AccountEvent):
                announce_account_event(parts.bus, found)
            elif isinstance(found, Notice):
                announce_what_was_noticed(parts.bus, found)
            else:
                announce_event(parts.overview, parts.bus, *found)
        except Exception:
            logger.exception("announcing failed; the stream brings the event again")
            raise
        logger.info("announced")


def _about(found: tuple[str, Event] | AccountEvent | Notice) -> dict[str, str]:
    if isinstance(found, AccountEvent):
        return {"ca": found.account}
    if isinstance(found, Notice):
        return {found.about.value: found.id}
    certificate_id, event = found
    return {"certificate": certificate_id, "correlation_id": event.correlation_id}


def handler(event: dict[str, Any], context: Any) -> Any:
    """Take the records of one invocation; from the first that failed on, they come again."""
    return process_partial_response(event, announce, processor, context)
