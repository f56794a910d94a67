"""Secrets that were made with the stack."""

from typing import TYPE_CHECKING

from certwright.adapters.aws import translating

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def read_secret(client: "SecretsManagerClient", secret_id: str) -> str:
    """Read a secret's text; raises `Unavailable`."""
    with translating("secretsmanager"):
        return client.get_secret_value(SecretId=secret_id)["SecretString"]
