"""The stable targets in the registry, in DynamoDB: `pk = owner#<id>`, `sk = delegation#<domain>`.

Beside the delegation stands the set of its `certificates`. DynamoDB keeps no empty set: where there is none, nothing
needs the delegation.
"""

from contextlib import suppress
from dataclasses import replace

from certwright.adapters.dynamodb_items import STATE, name_of, obtain, read_state, state_item
from certwright.adapters.dynamodb_table import ConditionFailed, Key, Request, Table
from certwright.adapters.dynamodb_values import Item
from certwright.adapters.item_codec import encode
from certwright.domain.answer import BadItem
from certwright.domain.owner import Delegation


class DynamoDelegations:
    """Fills in `ports.EveryDelegation`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def obtain(self, delegation: Delegation) -> Delegation:
        """Read, and put if absent: mostly it is there, and a write costs more than a read."""
        found = self.read(delegation.owner, delegation.domain)
        if found:
            return found
        key = delegation_key(delegation.owner, delegation.domain)
        return read_delegation(obtain(self._table, state_item(key, replace(delegation, certificates=()))))

    def read(self, owner: str, domain: str) -> Delegation | None:
        """Read one item, strongly consistent."""
        item = self._table.get(delegation_key(owner, domain))
        return read_delegation(item) if item else None

    def list_of(self, owner: str, after: str = "", limit: int | None = None) -> tuple[Delegation, ...]:
        """Query the owner's partition, strongly consistent."""
        return tuple(read_delegation(item) for item in self._table.query(build_list(owner, after), limit))

    def hold(self, owner: str, domain: str, certificate_id: str) -> None:
        """Add the certificate, and take the mark of deletion away."""
        with suppress(ConditionFailed):
            self._table.update(build_hold(owner, domain, certificate_id))

    def release(self, owner: str, domain: str, certificate_id: str) -> None:
        """Take the certificate out of the set."""
        with suppress(ConditionFailed):
            self._table.update(build_release(owner, domain, certificate_id))

    def set_deleted(self, owner: str, domain: str, deleted_at: int) -> bool:
        """Set the mark where no certificate is in the set; what is deleted stays so since when it was."""
        try:
            self._table.update(build_set_deleted(owner, domain, deleted_at))
        except ConditionFailed:
            stands = self.read(owner, domain)
            return stands is not None and bool(stands.deleted_at)
        return True

    def note_look(self, delegation: Delegation) -> None:
        """Update four values of the item, if it is there."""
        with suppress(ConditionFailed):
            self._table.update(build_note(delegation))


def delegation_key(owner: str, domain: str) -> Key:
    """Locate an owner's delegation for a domain."""
    return {"pk": f"owner#{owner}", "sk": f"delegation#{domain}"}


def read_delegation(item: Item) -> Delegation:
    """Read a delegation with its certificates; raises `BadItem`."""
    certificates = item.get("certificates", frozenset())
    if not isinstance(certificates, frozenset | set):
        raise BadItem(name_of(item), "attribute certificates is not a set")
    return replace(read_state(Delegation, item), certificates=tuple(sorted(map(str, certificates))))


def build_list(owner: str, after: str) -> Request:
    """Build the query for an owner's delegations after a domain."""
    request: Request = {
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :kind)",
        "ExpressionAttributeValues": {":pk": f"owner#{owner}", ":kind": "delegation#"},
        "ConsistentRead": True,
    }
    return request | ({"ExclusiveStartKey": delegation_key(owner, after)} if after else {})


def build_hold(owner: str, domain: str, certificate_id: str) -> Request:
    """Build the update."""
    return {
        "Key": delegation_key(owner, domain),
        "UpdateExpression": "SET #state.deleted_at = :never ADD certificates :certificate",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": STATE,
        "ExpressionAttributeValues": {":never": 0, ":certificate": frozenset({certificate_id})},
    }


def build_release(owner: str, domain: str, certificate_id: str) -> Request:
    """Build the update; it makes no item where there is none."""
    return {
        "Key": delegation_key(owner, domain),
        "UpdateExpression": "DELETE certificates :certificate",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {":certificate": frozenset({certificate_id})},
    }


def build_set_deleted(owner: str, domain: str, deleted_at: int) -> Request:
    """Build the update, which leaves an earlier mark as it is."""
    condition = "attribute_exists(pk) AND attribute_not_exists(certificates)"
    values: dict[str, int] = {":at": deleted_at}
    if deleted_at:
        condition += " AND (attribute_not_exists(#state.deleted_at) OR #state.deleted_at = :never)"
        values[":never"] = 0
    return {
        "Key": delegation_key(owner, domain),
        "UpdateExpression": "SET #state.deleted_at = :at",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": STATE,
        "ExpressionAttributeValues": values,
    }


def build_note(delegation: Delegation) -> Request:
    """Build the update of what a look found."""
    names = ("looked_at", "seen_at", "target", "problem")
    found = encode(delegation)
    return {
        "Key": delegation_key(delegation.owner, delegation.domain),
        "UpdateExpression": "SET " + ", ".join(f"#state.#{name} = :{name}" for name in names),
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": STATE | {f"#{name}": name for name in names},
        "ExpressionAttributeValues": {f":{name}": found[name] for name in names},
    }
