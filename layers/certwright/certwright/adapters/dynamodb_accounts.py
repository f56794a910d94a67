"""The CA accounts in the registry, in DynamoDB: `pk = account#<name>`."""

from certwright.adapters.dynamodb_items import STATE, obtain, read_state, state_item
from certwright.adapters.dynamodb_table import ConditionFailed, Key, Request, Table
from certwright.domain.errors import NotFound, StaleRevision
from certwright.ports import StoredAccount


class DynamoAccounts:
    """Fills in `ports.Accounts`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, name: str) -> StoredAccount | None:
        """Read one item."""
        item = self._table.get(account_key(name))
        return read_state(StoredAccount, item) if item else None

    def create(self, account: StoredAccount) -> StoredAccount:
        """Put if absent."""
        return read_state(StoredAccount, obtain(self._table, state_item(account_key(account.name), account)))

    def set_url(self, name: str, url: str) -> None:
        """Set one attribute; `NotFound` where there is no such account."""
        try:
            self._table.update(build_set_url(name, url))
        except ConditionFailed as failed:
            raise NotFound(f"There is no account “{name}”.") from failed

    def update(self, before: StoredAccount, after: StoredAccount) -> StoredAccount:
        """Put the whole item, on the condition that the keys are those that were read."""
        try:
            self._table.put(build_update(before, after))
        except ConditionFailed as failed:
            raise StaleRevision("Another worker changes this account's key.") from failed
        return after


def account_key(name: str) -> Key:
    """Locate an account."""
    return {"pk": f"account#{name}", "sk": "account"}


def build_update(before: StoredAccount, after: StoredAccount) -> Request:
    """Build the put; what earlier versions stored has no next key."""
    return {
        "Item": state_item(account_key(before.name), after),
        "ConditionExpression": "#state.encrypted_key = :key AND (#state.next_key = :next OR "
        "(attribute_not_exists(#state.next_key) AND :next = :none))",
        "ExpressionAttributeNames": STATE,
        "ExpressionAttributeValues": {":key": before.encrypted_key, ":next": before.next_key, ":none": b""},
    }


def build_set_url(name: str, url: str) -> Request:
    """Build the update."""
    return {
        "Key": account_key(name),
        "UpdateExpression": "SET #state.#url = :url",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": {**STATE, "#url": "url"},
        "ExpressionAttributeValues": {":url": url},
    }
