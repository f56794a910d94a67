"""Renewals that are asked for, and moves to other CAs, in DynamoDB: both lie in what was asked for."""

from collections.abc import Mapping

from certwright.adapters.dynamodb_certificate_items import desired_key, read_work, summary_key, work_key
from certwright.adapters.dynamodb_certificates import wake_with
from certwright.adapters.dynamodb_history import event_item
from certwright.adapters.dynamodb_items import STATE
from certwright.adapters.dynamodb_table import Request, Table
from certwright.adapters.item_codec import encode
from certwright.domain.asked_renewal import AskedRenewal
from certwright.domain.certificate import Desired, Event
from certwright.domain.errors import NotFound
from certwright.ports import Managed


class DynamoRenewals:
    """Fills in `ports.Renewals`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def ask(
        self, certificate_id: str, renewal: AskedRenewal, event: Event, instead_of: AskedRenewal | None = None
    ) -> None:
        """Write all in one transaction, on the condition that nobody has asked for something else meanwhile."""
        item = self._table.get(work_key(certificate_id))
        if item is None:
            raise NotFound("There is no such certificate.")
        wake_with(self._table, read_work(item), event.at, build_ask(certificate_id, renewal, event, instead_of))

    def move(self, before: Managed, after: Desired, event: Event) -> None:
        """Write all in one transaction, on the condition that what was asked for is as it was read."""
        wake_with(self._table, before.work, event.at, build_move(before.desired, after, event))


def build_ask(
    certificate_id: str, renewal: AskedRenewal, event: Event, instead_of: AskedRenewal | None
) -> list[Mapping[str, Request]]:
    """Build the writes beside the wake; certificates that were stored by earlier versions have no such attribute."""
    update = {
        "Key": desired_key(certificate_id),
        "UpdateExpression": "SET #state.#renewal = :renewal",
        "ConditionExpression": _is_asked(instead_of),
        "ExpressionAttributeNames": {**STATE, "#renewal": "renewal"},
        "ExpressionAttributeValues": {":renewal": encode(renewal), ":before": _encoded(instead_of)},
    }
    return [{"Update": update}, _put(certificate_id, event, f"n{renewal.version}")]


def build_move(before: Desired, after: Desired, event: Event) -> list[Mapping[str, Request]]:
    """Build the writes beside the wake; of the summary only the accounts are set: a worker may be writing the rest."""
    state = encode(after)
    update = {
        "Key": desired_key(after.id),
        "UpdateExpression": "SET #state.#account = :account, #state.profile = :profile, #state.cas = :cas, "
        "#state.#renewal = :renewal",
        "ConditionExpression": f"#state.#account = :from AND {_is_asked(before.renewal)}",
        "ExpressionAttributeNames": {**STATE, "#account": "account", "#renewal": "renewal"},
        "ExpressionAttributeValues": {
            ":account": after.account,
            ":profile": after.profile,
            ":cas": state["cas"],
            ":renewal": state["renewal"],
            ":from": before.account,
            ":before": _encoded(before.renewal),
        },
    }
    leaving = {":leaving": after.renewal.moved_from} if after.renewal and after.renewal != before.renewal else {}
    values: dict[str, object] = {":account": after.account, ":cas": [wish.account for wish in after.cas]}
    show = {
        "Key": summary_key(after.id),
        "UpdateExpression": "SET #state.#account = :account, #state.cas = :cas"
        + (", #state.leaving = :leaving" if leaving else ""),
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": {**STATE, "#account": "account"},
        "ExpressionAttributeValues": values | leaving,
    }
    return [{"Update": update}, {"Update": show}, _put(after.id, event, "m")]


def _is_asked(renewal: AskedRenewal | None) -> str:
    """Build the condition that a renewal is the one that was asked for last."""
    is_same = "#state.#renewal = :before"
    return f"attribute_exists(pk) AND {is_same if renewal else f'(attribute_not_exists(#state.#renewal) OR {is_same})'}"


def _encoded(renewal: AskedRenewal | None) -> dict[str, object] | None:
    return {**encode(renewal)} if renewal else None


def _put(certificate_id: str, event: Event, discriminator: str) -> Mapping[str, Request]:
    return {"Put": {"Item": event_item(certificate_id, event, discriminator)}}
