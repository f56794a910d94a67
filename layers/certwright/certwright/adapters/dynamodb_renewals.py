"""Renewals that are asked for, in DynamoDB: the last one lies in what was asked for."""

from collections.abc import Mapping

from certwright.adapters.dynamodb_certificate_items import desired_key, event_item
from certwright.adapters.dynamodb_items import STATE, TELL_WHAT_STANDS
from certwright.adapters.dynamodb_table import ConditionFailed, Request, Table
from certwright.adapters.item_codec import encode
from certwright.domain.asked_renewal import AskedRenewal
from certwright.domain.certificate import Event
from certwright.domain.errors import NotFound, StaleRevision


class DynamoRenewals:
    """Fills in `ports.Renewals`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def ask(
        self, certificate_id: str, renewal: AskedRenewal, event: Event, instead_of: AskedRenewal | None = None
    ) -> None:
        """Write both in one transaction, on the condition that nobody has asked for something else meanwhile."""
        try:
            self._table.transact(build_ask(certificate_id, renewal, event, instead_of))
        except ConditionFailed as failed:
            if failed.items.get(0) is None:
                raise NotFound("There is no such certificate.") from failed
            raise StaleRevision("Another renewal was asked for at the same moment: read it again.") from failed


def build_ask(
    certificate_id: str, renewal: AskedRenewal, event: Event, instead_of: AskedRenewal | None
) -> list[Mapping[str, Request]]:
    """Build the transaction; certificates that were stored by earlier versions have no such attribute yet."""
    is_none, is_same = "attribute_not_exists(#state.#renewal)", "#state.#renewal = :before"
    update = {
        "Key": desired_key(certificate_id),
        "UpdateExpression": "SET #state.#renewal = :renewal",
        "ConditionExpression": f"attribute_exists(pk) AND {is_same if instead_of else f'({is_none} OR {is_same})'}",
        "ExpressionAttributeNames": {**STATE, "#renewal": "renewal"},
        "ExpressionAttributeValues": {
            ":renewal": encode(renewal),
            ":before": encode(instead_of) if instead_of else None,
        },
        **TELL_WHAT_STANDS,
    }
    return [{"Update": update}, {"Put": {"Item": event_item(certificate_id, event, f"n{renewal.version}")}}]
