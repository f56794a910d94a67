"""Where AWS is asked, service by service."""

from collections.abc import Mapping
from dataclasses import dataclass

# What boto3 reads the endpoint of a table's service from, besides AWS_ENDPOINT_URL.
TABLES = {"dynamodb": "AWS_ENDPOINT_URL_DYNAMODB", "dynamodbstreams": "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The URL for all services, and the one for tables and streams where that is another; empty: boto3's own."""

    general: str = ""
    tables: str = ""

    def of(self, service: str) -> str | None:
        """Name the endpoint of a service as boto3 takes it, None for boto3's own."""
        return (self.tables if service in TABLES else "") or self.general or None

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment by which boto3 finds the same endpoints."""
        named = {"AWS_ENDPOINT_URL": self.general, **dict.fromkeys(TABLES.values(), self.tables)}
        return {name: url for name, url in named.items() if url}

    def __str__(self) -> str:
        return " and ".join(filter(None, (self.general, self.tables))) or "of boto3"
