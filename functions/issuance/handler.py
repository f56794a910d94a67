"""Works on certificates: one message, one certificate, as far as it goes now."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from certwright import bootstrap
from certwright.flows.advance_certificate import advance_certificate
from certwright.flows.world import Workshop

logger = Logger(service="certwright-issuance")
metrics = Metrics(service="issuance")
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@cache
def workshop() -> Workshop:
    """Build what certificates are made with, at the first message."""
    return bootstrap.build_workshop()


def advance(record: SQSRecord) -> None:
    """Advance the certificate that a message names."""
    with logger.append_context_keys(certificate=record.body):
        try:
            outcome = advance_certificate(workshop(), record.body, worker=record.message_id)
        except Exception:
            metrics.add_metric(name="Failed", unit=MetricUnit.Count, value=1)
            logger.exception("advancing failed; the certificate is due again when its lease ends")
            raise
        metrics.add_metric(name="Advanced", unit=MetricUnit.Count, value=1)
        if outcome.code == "stuck":
            metrics.add_metric(name="Stuck", unit=MetricUnit.Count, value=1)
        logger.info("advanced", outcome=outcome.code, due_at=outcome.due_at)


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Take the messages of one invocation; a failed one is reported alone."""
    return process_partial_response(event, advance, processor, context)
