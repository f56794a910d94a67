"""Tables, at the deployment's DynamoDB."""

from certwright.adapters.aws import client
from certwright.adapters.dynamodb_table import Table


def open_table(name: str) -> Table:
    """Open a table by its name."""
    return Table(client("dynamodb"), name)
