"""The CA accounts in the registry, in DynamoDB: `pk = account#<name>`."""

from certwright.adapters.dynamodb_items import STATE, obtain, read_state, state_item
from certwright.adapters.dynamodb_table import ConditionFailed, Key, Request, Table
from certwright.domain.errors import NotFound
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


def account_key(name: str) -> Key:
    """Locate an account."""
    return {"pk": f"account#{name}", "sk": "account"}


def build_set_url(name: str, url: str) -> Request:
    """Build the update."""
    return {
        "Key": account_key(name),
        "UpdateExpression": "SET #state.#url = :url",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": {**STATE, "#url": "url"},
        "ExpressionAttributeValues": {":url": url},
    }
