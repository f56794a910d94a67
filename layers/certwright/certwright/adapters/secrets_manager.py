"""Secrets that were made with the stack, or named by a parameter."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from certwright.adapters.aws import error_code, translating
from certwright.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def read_secret(client: "SecretsManagerClient", secret_id: str) -> str:
    """Read a secret's text; raises `Unavailable`."""
    with translating("secretsmanager"):
        return client.get_secret_value(SecretId=secret_id)["SecretString"]


def read_client_secret(client: "SecretsManagerClient", secret_id: str) -> str:
    """Read what we prove ourselves with to the identity provider; raises `Unavailable`, which names the parameter."""
    try:
        return read_secret(client, secret_id)
    except ClientError as error:
        sentence = f"The secret that OidcClientSecret names can't be read ({error_code(error)}): tell an operator."
        raise Unavailable(sentence, code="identity-provider") from error
