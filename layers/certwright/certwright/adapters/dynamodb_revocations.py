"""Versions that are to be revoked, in DynamoDB: a list in what was asked for."""

from certwright.adapters.dynamodb_certificate_items import desired_key
from certwright.adapters.dynamodb_items import STATE
from certwright.adapters.dynamodb_table import ConditionFailed, Request, Table
from certwright.adapters.item_codec import encode
from certwright.domain.errors import NotFound
from certwright.domain.revocation import Revocation


class DynamoRevocations:
    """Fills in `ports.Revocations`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def ask(self, certificate_id: str, revocation: Revocation) -> None:
        """Append by one update: two callers at once lose nothing, and the worker heeds a version once."""
        try:
            self._table.update(build_ask(certificate_id, revocation))
        except ConditionFailed as failed:
            raise NotFound("There is no such certificate.") from failed


def build_ask(certificate_id: str, revocation: Revocation) -> Request:
    """Build the update; certificates that were stored by earlier versions have no list yet."""
    return {
        "Key": desired_key(certificate_id),
        "UpdateExpression": "SET #state.#asked = list_append(if_not_exists(#state.#asked, :none), :one)",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": {**STATE, "#asked": "revocations"},
        "ExpressionAttributeValues": {":none": [], ":one": [encode(revocation)]},
    }
