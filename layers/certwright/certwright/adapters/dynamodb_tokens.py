"""The API tokens in the registry, in DynamoDB, in one partition as the owners are."""

from certwright.adapters.dynamodb_items import build_put_if_absent, read_state, state_item
from certwright.adapters.dynamodb_owners import build_list
from certwright.adapters.dynamodb_table import ConditionFailed, Key, Table
from certwright.domain.owner import Token

PARTITION = "tokens"


class DynamoTokens:
    """Fills in `ports.Tokens`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, token_id: str) -> Token | None:
        """Read one item."""
        item = self._table.get(token_key(token_id))
        return read_state(Token, item) if item else None

    def create(self, token: Token) -> bool:
        """Put if absent."""
        try:
            self._table.put(build_put_if_absent(state_item(token_key(token.id), token)))
        except ConditionFailed:
            return False
        return True

    def list_all(self) -> tuple[Token, ...]:
        """Read the partition, strongly consistent."""
        return tuple(read_state(Token, item) for item in self._table.query(build_list(PARTITION)))

    def remove(self, token_id: str) -> None:
        """Delete one item."""
        self._table.delete({"Key": token_key(token_id)})


def token_key(token_id: str) -> Key:
    """Locate a token."""
    return {"pk": PARTITION, "sk": token_id}
