"""Works on certificates: one message, one certificate, as far as it goes now."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from certwright import bootstrap
from certwright.flows.advance_certificate import LAST_STEP_TAKES, advance_certificate
from certwright.flows.ca_accounts import MESSAGE_PREFIX, MOVE_PREFIX
from certwright.flows.job import Job
from certwright.flows.move_certificates import continue_move
from certwright.flows.patrol import PATROL, patrol
from certwright.flows.settle_account import settle_account
from certwright.flows.world import Workshop

LEARNT = ("correlation_id", "attempt", "order")
"""What lines say of a certificate once it is known; they say it of no other."""

logger = Logger(service="certwright-issuance")
metrics = Metrics(service="issuance")


@cache
def workshop() -> Workshop:
    """Build what certificates are made with, at the first message."""
    return bootstrap.build_workshop()


def tell(job: Job) -> None:
    """Have every line from here on say for which request this is, and which attempt and order of the CA's."""
    logger.append_keys(correlation_id=job.desired.correlation_id)
    if job.work.attempt:
        logger.append_keys(attempt=job.work.attempt.id, order=job.work.attempt.order_url or None)


def advance(message: dict[str, Any], context: Any) -> bool:
    """Advance the certificate that a message names, in the time that is left; False where that failed."""
    certificate_id = message["body"]
    lasts = context.get_remaining_time_in_millis() - LAST_STEP_TAKES
    with logger.append_context_keys(certificate=certificate_id, **dict.fromkeys(LEARNT)):
        try:
            outcome = advance_certificate(workshop(), certificate_id, message["messageId"], lasts, tell)
        except Exception:
            metrics.add_metric(name="Failed", unit=MetricUnit.Count, value=1)
            logger.exception("advancing failed; the certificate is due again when its lease ends")
            return False
        metrics.add_metric(name="Advanced", unit=MetricUnit.Count, value=1)
        if outcome.code == "stuck":
            metrics.add_metric(name="Stuck", unit=MetricUnit.Count, value=1)
        if outcome.notice:
            metrics.add_metric(name="RehearsalFailed", unit=MetricUnit.Count, value=1)
        logger.info("advanced", outcome=outcome.code, due_at=outcome.due_at)
        return True


def settle(message: dict[str, Any]) -> bool:
    """Tell a CA what its account's message is about; False where that failed."""
    name = message["body"].removeprefix(MESSAGE_PREFIX)
    with logger.append_context_keys(ca=name):
        try:
            standing = settle_account(workshop(), name)
        except Exception:
            metrics.add_metric(name="Failed", unit=MetricUnit.Count, value=1)
            logger.exception("settling failed; the sweep brings the account up again")
            return False
        logger.info("settled", problem=standing.problem.code if standing and standing.problem else "")
        return True


def move(message: dict[str, Any]) -> bool:
    """Hand the next certificates of a CA account over to another; False where that failed."""
    name = message["body"].removeprefix(MOVE_PREFIX)
    with logger.append_context_keys(ca=name):
        try:
            moved = continue_move(workshop(), name)
        except Exception:
            metrics.add_metric(name="Failed", unit=MetricUnit.Count, value=1)
            logger.exception("moving failed; the sweep brings it up again")
            return False
        logger.info("moved", certificates=moved)
        return True


def go_round(message: dict[str, Any], context: Any) -> bool:
    """Look at the zones or delegations that a message names; False where that failed."""
    beat = message["body"].removeprefix(PATROL)
    lasts = context.get_remaining_time_in_millis() - LAST_STEP_TAKES
    with logger.append_context_keys(beat=beat):
        try:
            looked_at = patrol(workshop(), beat, lasts)
        except Exception:
            metrics.add_metric(name="Failed", unit=MetricUnit.Count, value=1)
            logger.exception("patrolling failed; the schedule asks for it again")
            return False
        logger.info("patrolled", looked_at=looked_at)
        return True


def work_on(message: dict[str, Any], context: Any) -> bool:
    """Do what a message asks for: of a CA account, of all its certificates, of one certificate, or a patrol."""
    if message["body"].startswith(MOVE_PREFIX):
        return move(message)
    if message["body"].startswith(PATROL):
        return go_round(message, context)
    return settle(message) if message["body"].startswith(MESSAGE_PREFIX) else advance(message, context)


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take the messages of one invocation; a failed one is reported alone."""
    failed = [message["messageId"] for message in event["Records"] if not work_on(message, context)]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
